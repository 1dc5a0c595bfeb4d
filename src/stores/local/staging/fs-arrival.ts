import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Arrival,
  ArrivalOutcome,
  ArrivedEntry,
  ArrivingFile,
  StagedEntry,
} from '../../../core/ports/workspace.ts';
import { ArrivingFiles } from '../../../support/files/arriving-files.ts';
import { makeDirectory } from '../../../support/files/durable.ts';
import { ownName } from '../../../support/files/idle-place.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { removeTree } from '../../../support/files/remove-tree.ts';
import type { TellStuck } from '../../../support/files/stuck.ts';
import { entryMode } from '../entries/entry-mode.ts';

const doing = 'an entry from another machine';

/** `.cab/staging/arriving.<pid>.<started>.…/`: files by digest, and at the end `entry/`, which becomes the entry. */
export class FsArrival implements Arrival {
  readonly #dir: string;
  readonly #files: ArrivingFiles;
  readonly #tell: TellStuck;

  private constructor(dir: string, tell: TellStuck) {
    this.#dir = dir;
    this.#files = new ArrivingFiles(dir);
    this.#tell = tell;
  }

  static make(home: string, tell: TellStuck): Promise<FsArrival> {
    return guarded(doing, async () => {
      await makeDirectory(home);
      const dir = join(home, ownName('arriving'));
      await mkdir(dir, { mode: 0o700 });
      return new FsArrival(dir, tell);
    });
  }

  has(sha256: string): boolean {
    return this.#files.has(sha256);
  }

  keep(
    file: ArrivingFile,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<ArrivalOutcome> {
    return this.#files.keep(file, bytes, signal);
  }

  finish({ bytes, files, ...entry }: ArrivedEntry): Promise<StagedEntry> {
    const dir = join(this.#dir, 'entry');
    const manifest = join(dir, entry.manifestName);
    return guarded(doing, async () => {
      await this.#files.place(files, dir);
      await writeFile(manifest, bytes, { flag: 'wx' });
      return { ...entry, dir, mode: entryMode([], manifest) };
    });
  }

  async discard(): Promise<void> {
    const stuck = await removeTree(this.#dir);
    if (stuck !== undefined) this.#tell(stuck);
  }
}
