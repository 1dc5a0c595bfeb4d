/** Several folders, watched in the same way. */
import { join } from 'node:path';
import { CabError } from '../core/model/errors.ts';
import type { Watcher, WatchOptions, WatchStatus } from './watcher.ts';

/** How folders are watched, whichever they are. */
export type FoldersOptions = Omit<WatchOptions, 'folder'>;

export interface WatchedFolders {
  /** Of all folders together. */
  status(): Promise<WatchStatus>;
  /** Rejects where one of them cannot go on; resolves once all are closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Throws what `watchFolder` and `checkFolders` throw; then none is watched. */
export async function watchFolders(
  folders: readonly string[],
  options: FoldersOptions,
): Promise<WatchedFolders> {
  // The first may hand in files before the last is looked at.
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
 * Throws what `watchFolder` throws for what it is told, whoever else watches; `outside` where the fence lets none of a
 * folder's files in.
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
