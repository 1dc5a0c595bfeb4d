/**
 * Pointers as files, `echo/index/<track>.json`: canonical JSON, replaced by rename, so that a reader sees the
 * old one or the new one. Order of writes: temp file, fsync, rename, fsync of the directory. A crash leaves at
 * worst a temp file under `.cab/tmp`, which the next sweep removes.
 */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { CabError, errnoOf, readAsOwner } from '../errors.ts';
import { failpoint } from '../failpoints.ts';
import { canonicalJson } from '../hashing/canonical-json.ts';
import { pointerSchema, type Pointer } from '../model/pointer.ts';
import { makeDirectory, syncDirectory } from './durable.ts';
import { sight } from './held-file.ts';
import { heldPointer } from './held-pointer.ts';
import { guarded } from './io-error.ts';
import type { Layout } from './layout.ts';
import type { HeldPointer, PointerStore } from './pointer-store.ts';
import { readRegular } from './read-regular.ts';
import { writeThrough } from './temporary.ts';
import { trackIdOf } from './track-name.ts';

export class FsPointerStore implements PointerStore {
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async read(track_id: string): Promise<Pointer | undefined> {
    return (await this.hold(track_id))?.pointer;
  }

  async hold(track_id: string): Promise<HeldPointer | undefined> {
    const file = this.#layout.pointer(track_id);
    // Before it is read: what replaces it in between must not pass for what was read.
    const seen = sight(file);
    const found = await readPointer(file);
    if (found?.track_id === track_id) return heldPointer(found, seen);
    // The reference broker writes `<id>.json` whatever the id holds, short of a slash.
    if (/[/\\\0]/.test(track_id)) return undefined;
    const plain = await readPointer(join(this.#layout.index, `${track_id}.json`));
    // One under the first name may come and count instead.
    return plain?.track_id === track_id ? heldPointer(plain, undefined) : undefined;
  }

  async write(pointer: Pointer): Promise<void> {
    const place = this.#layout.pointer(pointer.track_id);
    const { index } = this.#layout;
    await guarded(`pointer of track ${JSON.stringify(pointer.track_id)}`, async () => {
      await makeDirectory(index);
      failpoint('pointer.temp');
      const bytes = canonicalJson(Buffer.from(JSON.stringify(pointer)));
      await writeThrough(this.#layout, place, bytes, () => failpoint('pointer.synced'));
      failpoint('pointer.renamed');
      await syncDirectory(index);
    });
  }

  async *list(): AsyncIterable<{ track_id: string; pointer: Pointer | Error }> {
    for (const name of await pointerFiles(this.#layout.index)) {
      const file = join(this.#layout.index, name);
      try {
        const pointer = await readPointer(file);
        if (pointer !== undefined) yield { track_id: pointer.track_id, pointer };
      } catch (error) {
        if (!(error instanceof CabError)) throw error;
        yield { track_id: trackIdOf(name.slice(0, -'.json'.length)), pointer: error };
      }
    }
  }
}

async function readPointer(file: string): Promise<Pointer | undefined> {
  let text: string;
  try {
    text = (await readRegular(file)).toString('utf8');
  } catch (error) {
    // A name that is too long for the disk names nothing on it.
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return undefined;
    throw new CabError('store_unreadable', `pointer ${file} cannot be read`, { cause: error });
  }
  return parsePointer(text, file);
}

/** Throws pointer_invalid, naming the file and the field. */
export function parsePointer(text: string, file: string): Pointer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CabError('pointer_invalid', `pointer ${file} is not JSON`, {
      cause: error,
      details: { file },
    });
  }
  const parsed = pointerSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new CabError(
    'pointer_invalid',
    `pointer ${file}: ${field}: ${parsed.error.issues[0]?.message ?? 'not understood'}`,
    { details: { file, field } },
  );
}

async function pointerFiles(index: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const item of await opendir(index))
      if (item.isFile() && item.name.endsWith('.json')) names.push(item.name);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno !== 'ENOENT')
      throw new CabError('store_unreadable', `${index} cannot be read (${errno})`, {
        ...(errno === 'EACCES' && { hint: readAsOwner }),
        cause: error,
      });
  }
  return names.sort();
}
