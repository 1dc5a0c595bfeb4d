import { opendirSync, readFileSync, type Dir } from 'node:fs';
import { join } from 'node:path';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import type { PointedAt } from '../../../core/ports/maintenance/pointer-inventory.ts';
import type { Layout } from '../layout.ts';
import { understoodPointer } from '../../../core/hashing/pointer-file.ts';

/**
 * Yields all pointers, in no order. It is synchronous because a trip through the thread pool for each of a hundred
 * thousand pointers takes as long as the reads themselves. Throws store_unreadable if the directory cannot be read.
 */
export function* pointersIn({ index }: Layout): Generator<PointedAt> {
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
      // A FIFO would block the reader, and a link could lead out of the root.
      const found = item.isFile()
        ? readPointer(index, item.name)
        : unclear(item.name, irregular(join(index, item.name)));
      if (found !== undefined) yield found;
    }
  } catch (error) {
    throw error instanceof CabError || errnoOf(error) === undefined
      ? error
      : unreadable(index, error);
  } finally {
    dir.closeSync();
  }
}

/** Undefined if the file went in the meantime. */
function readPointer(index: string, name: string): PointedAt | undefined {
  const file = join(index, name);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (errnoOf(error) === undefined) throw error;
    return unclear(name, unreadable(file, error));
  }
  const read = understoodPointer(text, file);
  if (read.kind === 'invalid') return unclear(name, read.error, read.keys);
  const { track_id, config_hash, source_hash } = read.pointer;
  return { kind: 'pointer', key: { config_hash, source_hash }, track_id };
}

const unclear = (file: string, error: CabError, keys: readonly EntryKey[] = []): PointedAt => ({
  kind: 'unclear',
  file,
  keys,
  error,
});

const irregular = (path: string): CabError =>
  new CabError('store_unreadable', `${path} is not a regular file`);

const unreadable = (path: string, cause: unknown): CabError =>
  new CabError('store_unreadable', `${path} cannot be read (${errnoOf(cause) ?? 'unknown'})`, {
    cause,
  });
