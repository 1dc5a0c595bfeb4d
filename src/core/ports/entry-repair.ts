import type { EntryKey } from '../model/key.ts';
import type { JobResult } from '../model/job.ts';
import type { Manifest } from '../model/manifest.ts';

/** Repairs damaged entries for verify. Contract suite: test/contract/entry-repair.ts. */
export interface EntryRepair {
  /**
   * Bytes of the artifact, if it is the entry's only file beside a manifest and has the digest that a job gave; else undefined.
   */
  intactArtifact(key: EntryKey, result: JobResult): Promise<number | undefined>;

  /**
   * Publishes the artifact that stands there with another manifest, and moves the old entry into quarantine. The new entry has
   * the permissions of the old artifact. If this fails, the entry is as it was.
   */
  republish(key: EntryKey, result: JobResult, manifest: Manifest): Promise<void>;

  /**
   * Moves a whole entry into quarantine, durably, with a note beside it. Returns its place there; undefined if the entry was
   * gone.
   */
  setAside(key: EntryKey, note: object): Promise<string | undefined>;

  /** The place of an entry, for a person who looks there. */
  where(key: EntryKey): string;
}
