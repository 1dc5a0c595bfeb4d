import type { EntryStore, Publication } from '../../ports/entry-store.ts';
import type { StagedEntry, Workspace } from '../../ports/workspace.ts';
import { gather, type FinishedRun } from './gather.ts';

/** Makes an entry of the files of a run that ended, and then makes the entry visible. */
export interface Publisher {
  /** @throws CabError runner_result_invalid, and the errors of the disk; the signal's reason */
  gather(run: FinishedRun, signal: AbortSignal): Promise<StagedEntry>;
  /** As `EntryStore.publish`. */
  publish(staged: StagedEntry, signal: AbortSignal): Promise<Publication>;
  /** Resolves when nothing is in progress. Idempotent. */
  close(): Promise<void>;
}

/** Works in the calling thread. */
export const publisherOn = (entries: EntryStore, workspace: Workspace): Publisher => ({
  gather: (run, signal) => gather(run, workspace, signal),
  publish: (staged, signal) => entries.publish(staged, signal),
  close: () => Promise.resolve(),
});
