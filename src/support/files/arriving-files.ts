/**
 * Files that come from another machine. Each lies in a directory of this process under its digest once it is whole, and moves to
 * its place when the manifest that names it has come:
 *
 *   <dir>/<sha256>.<n>.part   being written
 *   <dir>/<sha256>            whole
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failpoint } from '../failpoints.ts';
import { guarded } from './io-error.ts';
import { removeTree } from './remove-tree.ts';
import type { TellStuck } from './stuck.ts';

type Outcome = 'kept' | 'too long' | 'too short' | 'other bytes';

interface Described {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

interface Placed {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly manifestName: string;
  /** Of the manifest. */
  readonly bytes: Uint8Array;
}

/** What the arrivals of all stores share: files need a directory, wherever entries lie. */
export class ArrivingFiles {
  readonly #dir: string;
  readonly #tell: TellStuck;
  readonly #whole = new Set<string>();
  #parts = 0;

  /** @param dir exists, and no other process writes there */
  protected constructor(dir: string, tell: TellStuck) {
    this.#dir = dir;
    this.#tell = tell;
  }

  has(sha256: string): boolean {
    return this.#whole.has(sha256);
  }

  /** Reads no more than the size of the file. Throws as `Arrival.keep`. */
  async keep(
    file: Described,
    pieces: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const part = join(this.#dir, `${file.sha256}.${(this.#parts += 1)}.part`);
    try {
      const outcome = await written(file, part, pieces, signal);
      if (outcome !== 'kept') return outcome;
      await guarded('a file from another machine', () =>
        rename(part, join(this.#dir, file.sha256)),
      );
      this.#whole.add(file.sha256);
      failpoint('arrival.kept');
      return 'kept';
    } finally {
      await rm(part, { force: true });
    }
  }

  /**
   * Moves each file to its path below `<dir>/entry`, and writes the manifest beside them. A file that has several paths is copied
   * for all but the last. Returns the directory.
   */
  protected async place({ files, manifestName, bytes }: Placed): Promise<string> {
    const home = join(this.#dir, 'entry');
    const left = new Map<string, number>();
    for (const { sha256 } of files) left.set(sha256, (left.get(sha256) ?? 0) + 1);
    await mkdir(home, { mode: 0o700 });
    for (const { path, sha256 } of files) {
      const place = join(home, path);
      await mkdir(dirname(place), { recursive: true, mode: 0o700 });
      const more = (left.get(sha256) ?? 0) - 1;
      left.set(sha256, more);
      await (more > 0 ? copyFile : rename)(join(this.#dir, sha256), place);
      failpoint('arrival.placed');
    }
    this.#whole.clear();
    await writeFile(join(home, manifestName), bytes, { flag: 'wx' });
    return home;
  }

  /** Removes what is left. Idempotent, and never rejects. */
  async discard(): Promise<void> {
    const stuck = await removeTree(this.#dir);
    if (stuck !== undefined) this.#tell(stuck);
  }
}

async function written(
  { sha256, size }: Described,
  place: string,
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<Outcome> {
  const hash = createHash('sha256');
  const handle = await guarded('a file from another machine', () => open(place, 'wx', 0o600));
  try {
    let length = 0;
    for await (const piece of pieces) {
      signal.throwIfAborted();
      length += piece.length;
      if (length > size) return 'too long';
      hash.update(piece);
      await write(handle, piece);
    }
    signal.throwIfAborted();
    if (length < size) return 'too short';
    return hash.digest('hex') === sha256 ? 'kept' : 'other bytes';
  } finally {
    await handle.close();
  }
}

const write = (handle: FileHandle, piece: Uint8Array): Promise<void> =>
  guarded('a file from another machine', async () => {
    failpoint('arrival.writing');
    await handle.writeFile(piece);
  });
