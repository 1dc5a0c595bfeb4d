import type { EntryKey } from '../model/key.ts';
import type { JobResult } from '../model/job.ts';
import type { Manifest } from '../model/manifest.ts';

/** What verify does to an entry that is damaged. Contract suite: test/contract/entry-repair.ts. */
export interface EntryRepair {
  /** Bytes of the artifact, if it is the entry's only file beside a manifest and has the digest that a job gave; else undefined. */
  intactArtifact(key: EntryKey, result: JobResult): Promise<number | undefined>;

  /**
   * Publishes the standing artifact with another manifest; the entry that stands there goes into quarantine. Open to
   * whom the artifact was open before. On failure the entry is as it was.
   */
  republish(key: EntryKey, result: JobResult, manifest: Manifest): Promise<void>;

  /** Takes an entry into quarantine, whole and durably, with a note beside it, and gives its place there; undefined if it was gone. */
  setAside(key: EntryKey, note: object): Promise<string | undefined>;

  /** The place of an entry, for a person who is to look there. */
  where(key: EntryKey): string;
}
