import { opendirSync, readFileSync, type Dir } from 'node:fs';
import { join } from 'node:path';
import { parsePointer } from '../../cas/fs-pointer-store.ts';
import type { Layout } from '../../cas/layout.ts';
import { CabError, errnoOf } from '../../errors.ts';
import type { Pointer } from '../../model/pointer.ts';

/**
 * All pointers, in no order; one that cannot be read or parsed ends it, for what it led to would count as
 * unneeded. Synchronous: a hundred thousand of them are read in the time that as many round trips would take.
 */
export function* pointersIn({ index }: Layout): Generator<Pointer> {
  let dir: Dir;
  try {
    dir = opendirSync(index, { bufferSize: 1024 });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw unreadable(index, error);
  }
  try {
    for (let item = dir.readSync(); item !== null; item = dir.readSync()) {
      if (!item.name.endsWith('.json')) continue;
      // A FIFO would hold the reader, and a link lead it out of the root.
      if (!item.isFile()) throw irregular(join(index, item.name));
      const pointer = readPointer(join(index, item.name));
      if (pointer !== undefined) yield pointer;
    }
  } catch (error) {
    throw error instanceof CabError || errnoOf(error) === undefined
      ? error
      : unreadable(index, error);
  } finally {
    dir.closeSync();
  }
}

/** Undefined where it went in the meantime. */
function readPointer(file: string): Pointer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
  return parsePointer(text, file);
}

const irregular = (path: string): CabError =>
  new CabError('store_unreadable', `${path} is not a regular file`);

const unreadable = (path: string, cause: unknown): CabError =>
  new CabError('store_unreadable', `${path} cannot be read (${errnoOf(cause) ?? 'unknown'})`, {
    cause,
  });
