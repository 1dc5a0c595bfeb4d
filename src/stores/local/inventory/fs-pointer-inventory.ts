import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { sha256 } from '../../../core/hashing/digest.ts';
import type { Unreadable } from '../../../core/ports/maintenance/entry-inventory.ts';
import type {
  PointedAt,
  PointerInventory,
  PointerName,
  PointerRead,
} from '../../../core/ports/maintenance/pointer-inventory.ts';
import { makeDirectory, syncDirectory } from '../../../support/files/durable.ts';
import { readChecked, unmetered } from '../check/read-file.ts';
import { placeIn, type Layout } from '../layout.ts';
import { understoodPointer } from '../../../core/hashing/pointer-file.ts';
import { pagesOf } from '../../../support/pages.ts';
import { pointersIn } from './pointer-targets.ts';
import { itemsOf } from './walk.ts';

/** Pointers as garbage collection and verify see them: the files in `echo/index/`. */
export class FsPointerInventory implements PointerInventory {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  targets(): AsyncIterable<readonly PointedAt[]> {
    return pagesOf(pointersIn(this.#layout));
  }

  files(): AsyncIterable<readonly (PointerName | Unreadable)[]> {
    return pagesOf(namesAmong(this.#layout));
  }

  async read(file: string): Promise<PointerRead> {
    const path = this.where(file);
    try {
      const { state, bytes } = readChecked(path, true, unmetered);
      return state === 'read' && bytes !== null ? parsed(bytes.toString('utf8'), path) : noFile;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno === 'ENOENT') return { kind: 'gone' };
      return errno === 'ELOOP' ? noFile : { kind: 'unreadable', errno };
    }
  }

  async setAside(file: string): Promise<string | undefined> {
    const { quarantine, index } = this.#layout;
    const evidence = join(quarantine, evidenceName(file));
    await makeDirectory(quarantine);
    try {
      await rename(this.where(file), evidence);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    await syncDirectory(quarantine);
    await syncDirectory(index);
    return placeIn(this.#layout, evidence);
  }

  where(file: string): string {
    return join(this.#layout.index, basename(file));
  }
}

function* namesAmong(layout: Layout): Generator<PointerName | Unreadable> {
  for (const item of itemsOf(layout, layout.index))
    yield 'kind' in item ? item : { kind: 'file', file: item.name };
}

const noFile: PointerRead = {
  kind: 'invalid',
  message: 'the pointer is not a regular file',
  keys: [],
};

function parsed(text: string, path: string): PointerRead {
  const read = understoodPointer(text, path);
  if (read.kind === 'pointer') return read;
  const message = read.error.message.replace(`pointer ${path}`, 'the pointer');
  return { kind: 'invalid', message, keys: read.keys };
}

/** A new name, because a pointer's own name may be as long as a name can be. */
const evidenceName = (file: string): string =>
  `${Date.now()}-${process.pid}-pointer-${sha256(file).slice(0, 16)}.json`;
