/**
 * Events of the file system, as hints: what they name is looked at, and what they miss is found by the next
 * scan. chokidar is told to pass over files, so that it watches directories alone: their events name the files
 * in them, at one watch a directory where it would take one a file.
 */
import { join } from 'node:path';
import * as z from 'zod/mini';

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

const detailsSchema = z.object({ watchedPath: z.string() });

export const chokidarHints: OpenHints = async (options) => {
  const { folder, enters, onPath, onTree, onError } = options;
  const { watch } = await import('chokidar');
  const watcher = watch(folder, {
    ignoreInitial: true,
    followSymlinks: false,
    // Off: both look at less than the table does, and would only hold events back.
    atomic: false,
    awaitWriteFinish: false,
    ignored: (path, stats) =>
      stats !== undefined && path !== folder && !(stats.isDirectory() && enters(path)),
  });
  watcher.on('raw', (_event, name, details) => {
    const directory = detailsSchema.safeParse(details);
    if (directory.success && name) onPath(join(directory.data.watchedPath, name));
    else onTree();
  });
  watcher.on('addDir', onTree).on('unlinkDir', onTree).on('ready', onTree).on('error', onError);
  return watcher;
};
