/**
 * The pointer store on disk: each pointer is a file `echo/index/<track>.json` of canonical JSON. It is replaced by
 * rename, so a reader sees the old pointer or the new one. Order of writes: temp file, fsync, rename, fsync of the
 * directory. A crash leaves at worst a temp file under `.cab/tmp`, which the next sweep removes.
 *
 * If a track id is not a safe file name, its pointer may lie in two places: under the plain name, as the reference
 * broker writes it, and under the encoded name. A file belongs to a track if its `track_id` says so. If both files
 * stand, the newer one is read. If the plain one stands, it is written and the encoded one is removed, because the
 * reference broker and web servers find only the plain one. Longer than other files, because each method must know both
 * places.
 */
import { lstatSync } from 'node:fs';
import { opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CabError, errnoOf, isCabError, readAsOwner } from '../../core/model/errors.ts';
import { BoundedCache } from '../../support/bounded-cache.ts';
import { failpoint } from '../../support/failpoints.ts';
import type { TrackTarget } from '../../core/model/entry/pointer.ts';
import { makeDirectory, syncDirectory, syncIfThere } from '../../support/files/durable.ts';
import { sight, type Sighting } from './entries/held-file.ts';
import { stillStands } from './entries/still-stands.ts';
import { guarded } from '../../support/files/io-error.ts';
import type { Layout } from './layout.ts';
import { parsePointer, pointerBytes } from '../../core/hashing/pointer-file.ts';
import { type PointerFile } from '../../core/model/entry/pointer.ts';
import type { Held, ListedPointer, PointerStore } from '../../core/ports/pointer-store.ts';
import { readRegular } from '../../support/files/read-regular.ts';
import { replaceFile, writeThrough } from '../../support/files/temporary.ts';
import { plainFileName, trackFileName } from '../../core/model/entry/track-name.ts';

interface Standing {
  readonly file: string;
  readonly pointer: PointerFile;
  /**
   * How the file stood before it was read. A file that replaces it in between must not be mistaken for what was read.
   */
  readonly seen: Sighting | undefined;
}

export class FsPointerStore implements PointerStore {
  readonly #layout: Layout;
  /** By track: the identity of its files when this process last flushed their names. A forgotten one costs a flush. */
  readonly #flushed = new BoundedCache<string>({ capacity: mostFlushed, weigh: () => 1 });

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async read(track_id: string): Promise<PointerFile | undefined> {
    return (await this.#standing(track_id))?.pointer;
  }

  async hold(track_id: string): Promise<Held<PointerFile> | undefined> {
    const found = await this.#standing(track_id);
    if (found === undefined) return undefined;
    // With two places, a new file in the other place may count instead.
    const isAlone = this.#placesOf(track_id).length === 1;
    return { pointer: found.pointer, isCurrent: isAlone ? stillStands(found.seen) : undefined };
  }

  async write(target: TrackTarget, isDurable = true): Promise<void> {
    const { track_id } = target;
    const { index } = this.#layout;
    await guarded(`pointer of track ${JSON.stringify(track_id)}`, async () => {
      const place = await this.#placeFor(track_id);
      await makeDirectory(index);
      failpoint('pointer.temp');
      if (isDurable)
        await writeThrough(this.#layout, place, pointerBytes(target), () =>
          failpoint('pointer.synced'),
        );
      else await replaceFile(this.#layout, place, pointerBytes(target));
      failpoint('pointer.renamed');
      for (const twin of this.#placesOf(track_id))
        if (twin !== place && (await this.#belongs(twin, track_id)))
          await rm(twin, { force: true });
      if (isDurable) await this.#flush(track_id);
    });
  }

  async remove(track_id: string): Promise<boolean> {
    if ((await this.#standing(track_id)) === undefined) return false;
    await guarded(`pointer of track ${JSON.stringify(track_id)}`, async () => {
      for (const place of this.#placesOf(track_id))
        if (await this.#belongs(place, track_id)) await rm(place, { force: true });
      await syncDirectory(this.#layout.index);
    });
    return true;
  }

  async confirm(track_id: string): Promise<void> {
    if (this.#flushed.get(track_id) === this.#identityOf(track_id)) return;
    await guarded(`pointer of track ${JSON.stringify(track_id)}`, async () => {
      await makeDirectory(this.#layout.index);
      for (const file of this.#placesOf(track_id)) await syncIfThere(file);
      await this.#flush(track_id);
    });
  }

  async #flush(track_id: string): Promise<void> {
    // Before the flush: a file that another process puts there meanwhile may miss this flush.
    const identity = this.#identityOf(track_id);
    await syncDirectory(this.#layout.index);
    this.#flushed.set(track_id, identity);
  }

  /** Tells the files of a track from files that replace them. */
  #identityOf(track_id: string): string {
    const seen = this.#placesOf(track_id).map((file) => sight(file)?.stats);
    return seen.map((stats) => `${stats?.dev}:${stats?.ino}:${stats?.ctimeNs}`).join();
  }

  async *list(): AsyncIterable<ListedPointer> {
    for (const file of await pointerFiles(this.#layout.index)) {
      const path = join(this.#layout.index, file);
      try {
        const pointer = await readPointer(path);
        if (pointer !== undefined && (await this.#isListed(path, pointer))) yield { file, pointer };
      } catch (error) {
        if (!(error instanceof CabError)) throw error;
        yield { file, error };
      }
    }
  }

  /**
   * False for the older of a track's two files. Throws pointer_invalid if the file lies where its track does not
   * look.
   */
  async #isListed(path: string, { track_id }: PointerFile): Promise<boolean> {
    const places = this.#placesOf(track_id);
    if (places.length === 1 && places[0] === path) return true;
    const standing = await this.#standing(track_id);
    if (standing?.file === path || isSameFile(standing?.file, path)) return true;
    if (places.includes(path)) return false;
    throw new CabError(
      'pointer_invalid',
      `pointer ${path} is that of another track, ${JSON.stringify(track_id)}`,
      { details: { file: path, field: 'track_id' } },
    );
  }

  /** The newest of the files that belong to the track. A damaged file does not hide the other one. */
  async #standing(track_id: string): Promise<Standing | undefined> {
    const found: Standing[] = [];
    let failure: CabError | undefined;
    const places = this.#placesOf(track_id);
    // Throws the reason why this id can have no file.
    if (places.length === 0) this.#layout.pointer(track_id);
    for (const file of places) {
      try {
        const seen = sight(file);
        const pointer = await readPointer(file);
        if (pointer?.track_id === track_id) found.push({ file, pointer, seen });
      } catch (error) {
        if (!(error instanceof CabError)) throw error;
        failure ??= error;
      }
    }
    if (found.length === 0 && failure !== undefined) throw failure;
    return found.sort(newestFirst)[0];
  }

  /** The paths where the pointer of a track may lie, the encoded name first. */
  #placesOf(track_id: string): string[] {
    const names = [encodedName(track_id), plainFileName(track_id)];
    return [...new Set(names)].flatMap((name) =>
      name === undefined ? [] : [join(this.#layout.index, `${name}.json`)],
    );
  }

  /** @throws CabError unsafe_track */
  async #placeFor(track_id: string): Promise<string> {
    const [first, second] = this.#placesOf(track_id);
    if (first !== undefined && second === undefined && encodedName(track_id) !== undefined)
      return first;
    const plain = second ?? first;
    if (plain !== undefined && (await this.#belongs(plain, track_id))) return plain;
    const encoded = this.#layout.pointer(track_id);
    if (!(await this.#belongsToOther(encoded, track_id))) return encoded;
    if (plain !== undefined && !(await this.#belongsToOther(plain, track_id))) return plain;
    throw new CabError(
      'unsafe_track',
      `track ${JSON.stringify(track_id)} needs the file ${encoded}, which is the pointer of another track`,
    );
  }

  async #belongs(file: string, track_id: string): Promise<boolean> {
    return (await readIfSound(file))?.track_id === track_id;
  }

  async #belongsToOther(file: string, track_id: string): Promise<boolean> {
    const standing = await readIfSound(file);
    return standing !== undefined && standing.track_id !== track_id;
  }
}

const mostFlushed = 10_000;

function newestFirst(a: Standing, b: Standing): number {
  const [ofA, ofB] = [a, b].map(({ seen }) => seen?.stats.mtimeNs ?? 0n);
  return Number((ofB ?? 0n) - (ofA ?? 0n));
}

/** A file system that folds case or normalises names may list a file under another name than the one that opens it. */
function isSameFile(a: string | undefined, b: string): boolean {
  if (a === undefined) return false;
  const [one, other] = [a, b].map((path) => lstatSync(path, { throwIfNoEntry: false }));
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** Undefined for an id that cab gives no file name. The reference broker may have given it one. */
function encodedName(track_id: string): string | undefined {
  try {
    return trackFileName(track_id);
  } catch (error) {
    if (isCabError(error, 'unsafe_track')) return undefined;
    throw error;
  }
}

/** A file that cannot be parsed belongs to no track: it is about to be replaced. */
async function readIfSound(file: string): Promise<PointerFile | undefined> {
  try {
    return await readPointer(file);
  } catch (error) {
    if (isCabError(error, 'pointer_invalid')) return undefined;
    throw error;
  }
}

async function readPointer(file: string): Promise<PointerFile | undefined> {
  let text: string;
  try {
    text = (await readRegular(file)).toString('utf8');
  } catch (error) {
    // No file has a name that is too long for the disk.
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return undefined;
    throw new CabError('store_unreadable', `pointer ${file} cannot be read`, { cause: error });
  }
  return parsePointer(text, file);
}

async function pointerFiles(index: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const item of await opendir(index))
      if (!item.isDirectory() && item.name.endsWith('.json')) names.push(item.name);
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
