import type { EntryKey } from '../../../model/entry/key.ts';
import type { EntryStore, Publication } from '../../../ports/entry-store.ts';
import type { LightEntry } from '../../../ports/made-entry.ts';
import type { LightEntries } from '../../../ports/light-entries.ts';
import type { StagedEntry, Workspace } from '../../../ports/workspace.ts';
import { gather, type FinishedRun, type GatheredEntry } from './gather.ts';

/** Makes an entry of the files of a run that ended, and then makes the entry visible. */
export interface Publisher {
  /** @throws CabError runner_result_invalid, and the errors of the disk; the signal's reason */
  gather(run: FinishedRun, signal: AbortSignal): Promise<GatheredEntry>;
  /** As `EntryStore.publish`. */
  publish(staged: StagedEntry, signal: AbortSignal): Promise<Publication>;
  /** As `LightEntries.publish`, not durable. Only called if there are such entries. */
  publishLight(entry: LightEntry): Promise<Publication>;
  /** As `LightEntries.flush`. */
  flushLight(keys: readonly EntryKey[]): Promise<void>;
  /** As `LightEntries.flushAll`. */
  flushAll(): Promise<boolean>;
  /** Resolves when nothing is in progress. Idempotent. */
  close(): Promise<void>;
}

/** Works in the calling thread. */
export const publisherOn = (
  entries: EntryStore,
  workspace: Workspace,
  light?: LightEntries,
): Publisher => ({
  gather: (run, signal) => gather(run, workspace, signal),
  publish: (staged, signal) => entries.publish(staged, signal),
  publishLight: async (entry) => there(light).publish(entry, false),
  flushLight: async (keys) => there(light).flush(keys),
  flushAll: async () => there(light).flushAll(),
  close: () => Promise.resolve(),
});

function there(light: LightEntries | undefined): LightEntries {
  if (light === undefined) throw new TypeError('these stores take no entries from memory');
  return light;
}
