/** Node's watches on directories, one each, by path; they name what changes in a directory, not below it. */
import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import type { HintOptions } from './hints.ts';

export class DirectoryWatches {
  readonly #options: Pick<HintOptions, 'onPath' | 'onTree' | 'onError'>;
  readonly #watches = new Map<string, FSWatcher>();

  constructor(options: Pick<HintOptions, 'onPath' | 'onTree' | 'onError'>) {
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
