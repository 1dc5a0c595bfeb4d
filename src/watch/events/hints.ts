/**
 * Events of the file system, as hints: what they name is looked at, and what they miss is found by the next scan.
 *
 * chokidar says which directories there are. It is told to pass over files: it would take one watch a file to tell of them.
 * Node's watch on each directory names the files in it, and takes no further watch of the system: libuv shares it with chokidar.
 */
import { DirectoryWatches } from './directory-watches.ts';

export interface HintOptions {
  /** Absolute. */
  readonly folder: string;
  /** Whether a subdirectory (absolute) is watched. */
  readonly enters: (directory: string) => boolean;
  /** Something happened to this path (absolute). */
  readonly onPath: (path: string) => void;
  /** Something happened that no path stands for: a directory came, the watch has only just begun. */
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
    // Off: both look at less than the table does, and would only hold events back.
    atomic: false,
    awaitWriteFinish: false,
    ignored: (path, stats) =>
      stats !== undefined && path !== folder && !(stats.isDirectory() && enters(path)),
  });
  // What came before its directory was watched is found by the look that these ask for.
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
