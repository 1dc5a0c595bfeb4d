import type { EntryKey } from '../../model/entry/key.ts';
import type { Manifest } from '../../model/entry/manifest.ts';
import type { UpstreamFigures } from '../../model/report/upstream-figures.ts';
import type { JobResult } from '../../model/job/job.ts';

export interface Wanted {
  /** As `UpstreamQuestion.via`, of the request that asks for the entry. */
  readonly via?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether the entry is the one that is meant. If it gives false, the entry is not taken. */
  readonly suits?: ((manifest: Manifest) => boolean) | undefined;
}

/**
 * What a broker and those behind it share. An upstream never makes anything worse: whatever it answers or does not answer, the
 * methods here end in bounded time, and what they cannot use counts as absent and is reported.
 */
export interface Exchange {
  /**
   * Fetches an entry that is not here, checks it and publishes it. Gives the name of the upstream; undefined if none has it. Throws
   * the signal's reason, and what writing the entry here throws.
   */
  bring(key: EntryKey, wanted?: Wanted): Promise<string | undefined>;

  /** The name of an upstream that has the entry, as its manifest says. Nothing is fetched. */
  whoHas(key: EntryKey, wanted?: Wanted): Promise<string | undefined>;

  /** Sends a new entry to the upstream, in the background. Does nothing if this broker sends none. */
  offer(result: JobResult): void;

  figures(): UpstreamFigures;

  /** Waits for what is being sent, but not for ever, and reports what did not arrive. Idempotent. */
  close(): Promise<void>;
}
