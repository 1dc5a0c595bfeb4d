import type { EntryStore, Publication } from '../../ports/entry-store.ts';
import type { StagedEntry, Workspace } from '../../ports/workspace.ts';
import { gather, type FinishedRun } from './gather.ts';

/** What becomes of a run that ended: its files are made an entry, and the entry is made visible. */
export interface Publisher {
  /** @throws CabError runner_result_invalid, and what the disk refuses; the signal's reason */
  gather(run: FinishedRun, signal: AbortSignal): Promise<StagedEntry>;
  /** As `EntryStore.publish`. */
  publish(staged: StagedEntry, signal: AbortSignal): Promise<Publication>;
  /** Once nothing is under way. Idempotent. */
  close(): Promise<void>;
}

/** Works in the thread that asks. */
export const publisherOn = (entries: EntryStore, workspace: Workspace): Publisher => ({
  gather: (run, signal) => gather(run, workspace, signal),
  publish: (staged, signal) => entries.publish(staged, signal),
  close: () => Promise.resolve(),
});
