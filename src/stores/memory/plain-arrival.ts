import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Arrival,
  ArrivalOutcome,
  ArrivedEntry,
  ArrivingFile,
  StagedEntry,
} from '../../core/ports/workspace.ts';
import { ArrivingFiles } from '../../support/files/arriving-files.ts';
import { removeTree } from '../../support/files/remove-tree.ts';
import type { TellStuck } from '../../support/files/stuck.ts';

/** An entry from another machine: files need a directory even if the stores are in memory. */
export class PlainArrival implements Arrival {
  readonly #dir: string;
  readonly #files: ArrivingFiles;
  readonly #tell: TellStuck;

  private constructor(dir: string, tell: TellStuck) {
    this.#dir = dir;
    this.#files = new ArrivingFiles(dir);
    this.#tell = tell;
  }

  static async make(dir: string, tell: TellStuck): Promise<PlainArrival> {
    await mkdir(dir, { recursive: true });
    return new PlainArrival(dir, tell);
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

  async finish({ bytes, files, ...entry }: ArrivedEntry): Promise<StagedEntry> {
    const dir = join(this.#dir, 'entry');
    await this.#files.place(files, dir);
    await writeFile(join(dir, entry.manifestName), bytes, { flag: 'wx' });
    return { ...entry, dir };
  }

  async discard(): Promise<void> {
    const stuck = await removeTree(this.#dir);
    if (stuck !== undefined) this.#tell(stuck);
  }
}
