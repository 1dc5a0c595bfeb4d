/**
 * Node's watches on directories, one for each, by path. A watch reports what changes in its directory, not below it.
 */
import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';

export interface DirectoryWatchesOptions {
  /** Something happened to this path (absolute). */
  readonly onPath: (path: string) => void;
  /** Something happened, and the system does not say to which path. */
  readonly onTree: () => void;
  readonly onError: (error: unknown) => void;
}

export class DirectoryWatches {
  readonly #options: DirectoryWatchesOptions;
  readonly #watches = new Map<string, FSWatcher>();

  constructor(options: DirectoryWatchesOptions) {
    this.#options = options;
  }

  /** Replaces an existing watch, because another directory may have taken the place of the watched one. */
  add(directory: string): void {
    this.remove(directory);
    const { onPath, onTree, onError } = this.#options;
    try {
      const watching = watch(directory, (_event, name) => {
        if (name === null) onTree();
        else onPath(join(directory, name));
      });
      watching.on('error', onError);
      this.#watches.set(directory, watching);
    } catch (error) {
      // The directory is gone again. Its parent reports that as well.
      if (errnoOf(error) !== 'ENOENT') onError(error);
    }
  }

  remove(directory: string): void {
    this.#watches.get(directory)?.close();
    this.#watches.delete(directory);
  }

  close(): void {
    for (const directory of [...this.#watches.keys()]) this.remove(directory);
  }
}
