/** Several folders that are watched with the same options. */
import { join } from 'node:path';
import { CabError } from '../core/model/errors.ts';
import type { Watcher, WatchOptions, WatchStatus } from './watcher.ts';

export type FoldersOptions = Omit<WatchOptions, 'folder'>;

export interface WatchedFolders {
  /** The status of all folders together. */
  status(): Promise<WatchStatus>;
  /** Rejects if one of them cannot continue. Resolves once all are closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Throws what `watchFolder` and `checkFolders` throw; then no folder is watched. */
export async function watchFolders(
  folders: readonly string[],
  options: FoldersOptions,
): Promise<WatchedFolders> {
  // All are checked first, because the first may submit files before the last is checked.
  await checkFolders(folders, options);
  const { watchFolder } = await import('./watch-folder.ts');
  const watchers: Watcher[] = [];
  try {
    for (const folder of folders) watchers.push(await watchFolder({ ...options, folder }));
  } catch (error) {
    await closeAll(watchers);
    throw error;
  }
  const ended = Promise.all(watchers.map((watcher) => watcher.ended)).then(() => undefined);
  ended.catch(() => undefined);
  return {
    status: async () => sum(await Promise.all(watchers.map((watcher) => watcher.status()))),
    ended,
    close: () => closeAll(watchers),
  };
}

/**
 * Throws what `watchFolder` throws for wrong options, but does not check for other watchers. Throws `outside` if the
 * fence excludes the folder's files.
 */
export async function checkFolders(
  folders: readonly string[],
  options: Pick<FoldersOptions, 'pattern' | 'onDone' | 'exclude' | 'fence'>,
  outside = outsideOfFence,
): Promise<void> {
  if (folders.length === 0) return;
  const { folderPlaceOf } = await import('./folder-place.ts');
  const { fence } = options;
  for (const folder of folders) {
    const places = await folderPlaceOf({ ...options, folder });
    if (fence !== undefined && !(await fence.admits(join(places.folder, 'any'))))
      throw outside(folder);
  }
}

const outsideOfFence = (folder: string): CabError =>
  new CabError('usage', `the folder ${folder} lies outside of what may be read here`, {
    hint: 'Watch another folder, or have the daemon started with this one allowed.',
    details: { path: folder },
  });

async function closeAll(watchers: readonly Watcher[]): Promise<void> {
  await Promise.all(watchers.map((watcher) => watcher.close()));
}

const sum = (statuses: readonly WatchStatus[]): WatchStatus => ({
  mode: statuses.some(({ mode }) => mode === 'polling') ? 'polling' : 'events',
  waiting: total(statuses, 'waiting'),
  running: total(statuses, 'running'),
  done: total(statuses, 'done'),
  failed: total(statuses, 'failed'),
});

const total = (
  statuses: readonly WatchStatus[],
  of: 'waiting' | 'running' | 'done' | 'failed',
): number => statuses.reduce((so, status) => so + status[of], 0);
