/**
 * What was taken away, and not yet deleted:
 *
 *   .cab/trash/<stamp>/<config_hash>/<source_hash>   an entry, moved by the collection of that stamp, as it was
 *   .cab/trash/deleting-<name>                       on its way out; nothing comes back from there
 *
 * A stamp is `<time>-<pid>-<random>`, the time as 20260102T030405006Z. An entry is moved by one rename, and comes
 * back by one, so that it is in one place or the other, whole. A stamp whose grace has passed is renamed to
 * `deleting-…` before the first of its files goes: who puts back never finds half an entry. A crash leaves each
 * of these as it is, and the next collection goes on from there. (On an overlay file system an entry of a lower layer
 * moves file by file, see support/files/move-tree.ts.)
 *
 * What cannot be moved or deleted stays where it is, is told, and is tried again by the next collection.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Layout } from '../../../stores/local/layout.ts';
import { moveTree } from '../../../support/files/move-tree.ts';
import { removing } from '../../../support/files/remove-tree.ts';
import type { TellStuck } from '../../../support/files/stuck.ts';
import { errnoOf } from '../../model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { isConfigHash, isSegment, type EntryKey } from '../../model/key.ts';

export interface Stamp {
  /** File name. */
  readonly name: string;
  /** Wall time in milliseconds. */
  readonly at: number;
}

const doomedPrefix = 'deleting-';

export interface TrashOptions {
  readonly layout: Layout;
  readonly manifestName: string;
  /** Of this collection, wall time in milliseconds. */
  readonly now: number;
  readonly tellStuck: TellStuck;
}

export class Trash {
  readonly #layout: Layout;
  readonly #manifestName: string;
  readonly #now: number;
  readonly #tell: TellStuck;
  /** Of this collection. */
  readonly #stamp: string;

  constructor({ layout, manifestName, now, tellStuck }: TrashOptions) {
    this.#layout = layout;
    this.#manifestName = manifestName;
    this.#now = now;
    this.#tell = tellStuck;
    this.#stamp = stampName(now);
  }

  /** `gone` where another collection, or nobody, has it. Throws system errors. */
  take(key: EntryKey): 'moved' | 'gone' {
    const target = this.#place(this.#stamp, key);
    for (const isLastTry of [false, true]) {
      try {
        const manifestName = this.#manifestName;
        moveTree(this.#layout.entry(key), target, { manifestName, manifest: 'first' });
        failpoint('gc.moved');
        return 'moved';
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error;
        // The stamp's directory is not there yet, or one with a shorter grace has deleted it already.
        if (!isLastTry) mkdirSync(dirname(target), { recursive: true });
      }
    }
    return 'gone';
  }

  /** Brings back what this collection took. False where it is not there, or a new entry stands in its place. */
  restore(key: EntryKey): boolean {
    return this.putBack(this.#stamp, key);
  }

  /** False where it is not there any more, an entry stands in its place, or it cannot be moved. */
  putBack(stamp: string, key: EntryKey): boolean {
    const place = this.#layout.entry(key);
    for (const isLastTry of [false, true]) {
      try {
        const manifestName = this.#manifestName;
        moveTree(this.#place(stamp, key), place, { manifestName, manifest: 'last' });
        failpoint('gc.put-back');
        return true;
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === undefined || isOfTheDisk(errno)) throw error;
        if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errno)) return false;
        if (errno !== 'ENOENT') {
          this.#tell({ path: this.#place(stamp, key), errno });
          return false;
        }
        if (!isLastTry) mkdirSync(dirname(place), { recursive: true });
      }
    }
    return false;
  }

  /** Brings back what was taken last of this key, by whichever collection. False as for `putBack`. */
  putBackLatest(key: EntryKey): boolean {
    return this.#stampsOf(key).some(({ name }) => this.putBack(name, key));
  }

  has(key: EntryKey): boolean {
    return this.#stampsOf(key).length > 0;
  }

  #stampsOf(key: EntryKey): Stamp[] {
    const found = this.stamps().filter(({ name }) => existsSync(this.#place(name, key)));
    return found.sort((a, b) => b.at - a.at);
  }

  stamps(): Stamp[] {
    return names(this.#layout.trash).flatMap((name) => {
      const at = timeOf(name);
      return at === undefined ? [] : [{ name, at }];
    });
  }

  *entriesOf(stamp: Stamp): Generator<EntryKey> {
    const dir = join(this.#layout.trash, stamp.name);
    for (const config_hash of names(dir)) {
      if (!isConfigHash(config_hash)) continue;
      for (const source_hash of names(join(dir, config_hash)))
        if (isSegment(source_hash)) yield { config_hash, source_hash };
    }
  }

  /** From a time that the clock has gone back before: its grace counts from now on. */
  restamp(stamp: Stamp): void {
    this.#move(
      join(this.#layout.trash, stamp.name),
      join(this.#layout.trash, stampName(this.#now)),
    );
  }

  /** From here on nothing comes back. */
  doom({ name }: Stamp): void {
    this.#move(join(this.#layout.trash, name), join(this.#layout.trash, `${doomedPrefix}${name}`));
    failpoint('gc.doomed');
  }

  /** Takes a file or directory from elsewhere on its way out. False for what stays there. */
  discard(path: string, name: string): boolean {
    mkdirSync(this.#layout.trash, { recursive: true });
    const doomed = `${doomedPrefix}${stampName(this.#now)}-${name}`;
    return this.#move(path, join(this.#layout.trash, doomed));
  }

  /** Deletes what is on its way out, of this collection or of one that was killed; a step a file. */
  *empty(): Generator<string> {
    for (const name of names(this.#layout.trash)) {
      if (!name.startsWith(doomedPrefix)) continue;
      const path = join(this.#layout.trash, name);
      const stuck = yield* removing(path, () => failpoint('gc.deleted'));
      if (stuck !== undefined) this.#tell(stuck);
    }
  }

  /** False for what stays. What has gone meanwhile has moved as well. */
  #move(from: string, to: string): boolean {
    try {
      moveTree(from, to);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined || isOfTheDisk(errno)) throw error;
      if (errno === 'ENOENT') return true;
      this.#tell({ path: from, errno });
      return false;
    }
    return true;
  }

  #place(stamp: string, { config_hash, source_hash }: EntryKey): string {
    return join(this.#layout.trash, stamp, config_hash, source_hash);
  }
}

const stampName = (at: number): string =>
  `${new Date(at).toISOString().replaceAll(/[-:.]/g, '')}-${process.pid}-${randomBytes(4).toString('hex')}`;

function timeOf(name: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-\d+-[0-9a-f]+$/.exec(name);
  if (found === null) return undefined;
  const [year, month, day, hours, minutes, seconds, ms] = found.slice(1).map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hours, minutes, seconds, ms);
}

/** A failure of the disk as a whole: nothing else would fare better. */
export const isOfTheDisk = (errno: string): boolean =>
  ['EROFS', 'ENOSPC', 'EDQUOT', 'EIO'].includes(errno);

function names(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
