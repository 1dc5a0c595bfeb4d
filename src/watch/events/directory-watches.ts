/** Node's watches on directories, one each, by path; they name what changes in a directory, not below it. */
import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';

export interface DirectoryWatchesOptions {
  /** Something happened to this path (absolute). */
  readonly onPath: (path: string) => void;
  /** Something happened, and the system does not say to what. */
  readonly onTree: () => void;
  readonly onError: (error: unknown) => void;
}

export class DirectoryWatches {
  readonly #options: DirectoryWatchesOptions;
  readonly #watches = new Map<string, FSWatcher>();

  constructor(options: DirectoryWatchesOptions) {
    this.#options = options;
  }

  /** Another directory may have taken the place of one that was watched. */
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
      // Gone again, which is told as well.
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
