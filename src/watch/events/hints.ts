/**
 * Events of the file system, used as hints: the named path is inspected, and the next scan finds what they miss.
 *
 * chokidar reports the directories. It ignores files, because it would need one watch for each. Node's watch on each
 * directory names the files in it. It uses no further watch of the system, because libuv shares it with chokidar.
 */
import { DirectoryWatches } from './directory-watches.ts';

export interface HintOptions {
  /** Absolute path. */
  readonly folder: string;
  /** Whether a subdirectory (absolute) is watched. */
  readonly enters: (directory: string) => boolean;
  /** Something happened to this path (absolute). */
  readonly onPath: (path: string) => void;
  /** Something happened that has no path: a new directory, or the start of the watch. */
  readonly onTree: () => void;
  readonly onError: (error: unknown) => void;
}

export interface Hints {
  close(): Promise<void>;
}

export type OpenHints = (options: HintOptions) => Promise<Hints>;

export const chokidarHints: OpenHints = async (options) => {
  const { folder, enters, onPath, onTree, onError } = options;
  const { watch } = await import('chokidar');
  const directories = new DirectoryWatches({ onPath, onTree, onError });
  const watcher = watch(folder, {
    followSymlinks: false,
    // Off: both compare less than the table does, and would only delay events.
    atomic: false,
    awaitWriteFinish: false,
    ignored: (path, stats) =>
      stats !== undefined && path !== folder && !(stats.isDirectory() && enters(path)),
  });
  // The scan after `onTree` finds files that came before their directory was watched.
  let isReady = false;
  watcher.on('addDir', (directory) => {
    directories.add(directory);
    if (isReady) onTree();
  });
  watcher.on('unlinkDir', (directory) => {
    directories.remove(directory);
    onTree();
  });
  watcher.on('ready', () => {
    isReady = true;
    onTree();
  });
  watcher.on('error', onError);
  return {
    close: async () => {
      await watcher.close();
      directories.close();
    },
  };
};
