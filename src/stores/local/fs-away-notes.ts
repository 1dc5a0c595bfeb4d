import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../core/hashing/digest.ts';
import { errnoOf } from '../../core/model/errors.ts';
import type { AwayNotes } from '../../core/ports/upstream.ts';
import type { Layout } from './layout.ts';

/** `.cab/away/<digest of the upstream's name>`: an upstream that was away when the file was last written. */
export class FsAwayNotes implements AwayNotes {
  readonly #dir: string;

  constructor({ away }: Pick<Layout, 'away'>) {
    this.#dir = away;
  }

  async since(name: string): Promise<number | undefined> {
    const found = await unlessRefused(() => stat(this.#fileOf(name)));
    const ago = Date.now() - (found?.mtimeMs ?? Infinity);
    // If the clock was set back, the note is worth nothing.
    return ago >= 0 ? ago : undefined;
  }

  async set(name: string, isAway: boolean): Promise<boolean> {
    const file = this.#fileOf(name);
    const isNoted = await unlessRefused(async () => {
      if (isAway) {
        // Not recursive: a root that is not there yet is not made for a note.
        await mkdir(this.#dir).catch(ifThere);
        await writeFile(file, `${name}\n`);
      } else await rm(file, { force: true });
      return true;
    });
    return isNoted ?? false;
  }

  #fileOf(name: string): string {
    return join(this.#dir, sha256(name).slice(0, 16));
  }
}

function ifThere(error: unknown): void {
  if (errnoOf(error) !== 'EEXIST') throw error;
}

/** A note that the system refuses is lost: an upstream is then asked once more. */
async function unlessRefused<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
