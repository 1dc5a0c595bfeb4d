/** Watched folders of a root on this machine. The root remembers which files were seen. */
import type { CabError } from '../core/model/errors.ts';
import type { OpenSeenFiles } from '../core/ports/seen-files.ts';
import { layoutOf } from '../stores/local/layout.ts';
import {
  checkFolders,
  watchFolders,
  type FoldersOptions,
  type WatchedFolders,
} from '../watch/watch-folders.ts';
import { storePlaces } from './stores/store-places.ts';

export type { WatchedFolders };
export type { OnDone, WatchEvent } from '../watch/watcher.ts';

/** What watchers need of a root. */
export const watchingOf = (root: string): Pick<FoldersOptions, 'openSeen' | 'exclude'> => ({
  openSeen: seenFilesIn(layoutOf(root).watched),
  // If the store lies in the folder, its artifacts are not inputs.
  exclude: storePlaces(root),
});

type RootOptions = Omit<FoldersOptions, 'openSeen' | 'exclude'>;

/** Calls `watchFolders` for the root. */
export const watchRoot = (
  root: string,
  folders: readonly string[],
  options: RootOptions,
): Promise<WatchedFolders> => watchFolders(folders, { ...options, ...watchingOf(root) });

/** Calls `checkFolders` for one folder. */
export const checkFolder = (
  root: string,
  folder: string,
  options: Pick<RootOptions, 'pattern' | 'onDone' | 'fence'>,
  outside: () => CabError,
): Promise<void> => checkFolders([folder], { ...options, ...watchingOf(root) }, outside);

/** Opens the table in a file, and creates the file if it does not exist. */
export const seenFilesIn =
  (file: string): OpenSeenFiles =>
  async (folder) => {
    const { SqliteSeenFiles } = await import('../stores/sqlite/seen/sqlite-seen-files.ts');
    return SqliteSeenFiles.open(file, folder);
  };
