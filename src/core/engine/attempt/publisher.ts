import type { EntryStore, Publication, StagedEntry } from '../../ports/entry-store.ts';
import { collect, type Collected } from './gather.ts';

/** What becomes of a run that ended: its files are made an entry, and the entry is made visible. */
export interface Publisher {
  /** @throws CabError runner_result_invalid, and what the disk refuses; the signal's reason */
  collect(from: Collected, signal: AbortSignal): Promise<StagedEntry>;
  /** As `EntryStore.publish`. */
  publish(staged: StagedEntry, signal: AbortSignal): Promise<Publication>;
  /** Once nothing is under way. Idempotent. */
  close(): Promise<void>;
}

/** Works in the thread that asks. */
export const publisherOn = (entries: EntryStore): Publisher => ({
  collect,
  publish: (staged, signal) => entries.publish(staged, signal),
  close: () => Promise.resolve(),
});
