/**
 * What garbage collection took away and has not deleted yet:
 *
 *   .cab/trash/<stamp>/<config_hash>/<source_hash>   an entry, unchanged, moved by the garbage collection of that stamp
 *   .cab/trash/deleting-<name>                       about to be deleted; nothing comes back from there
 *
 * A stamp is `<time>-<pid>-<random>`, with the time as 20260102T030405006Z. One rename moves an entry here, and one
 * rename puts it back, so that it is always whole and in one of the two places. When the grace of a stamp has passed,
 * it is renamed to `deleting-…` before the first of its files goes, so nobody puts back half an entry. A crash leaves
 * each of these as it is, and the next garbage collection continues from there. (On an overlay file system an entry
 * of a lower layer moves file by file, see support/files/move-tree.ts.)
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { isConfigHash, isSegment, type EntryKey } from '../../../core/model/entry/key.ts';
import type { Haul } from '../../../core/ports/maintenance/trash.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { moveTree } from '../../../support/files/move-tree.ts';
import { removing } from '../../../support/files/remove-tree.ts';
import type { Stuck } from '../../../support/files/stuck.ts';
import type { FileNames } from '../../../core/ports/entry-store.ts';
import type { Layout } from '../layout.ts';

const doomedPrefix = 'deleting-';

/** `Stuck` is a failure of this one move or removal. It says nothing about others. */
type Moved = 'moved' | 'gone' | Stuck;

/** Synchronous: a move is one system call, and a removal yields after each file. */
export class TrashDirectory {
  readonly #layout: Layout;
  readonly #manifestName: string;

  constructor(layout: Layout, { manifestName }: Pick<FileNames, 'manifestName'>) {
    this.#layout = layout;
    this.#manifestName = manifestName;
  }

  /** `gone` if the entry is not there, for example because another garbage collection took it. Throws system errors. */
  take(stamp: string, key: EntryKey): 'moved' | 'gone' {
    const target = this.#place(stamp, key);
    for (const isLastTry of [false, true]) {
      try {
        const manifestName = this.#manifestName;
        moveTree(this.#layout.entry(key), target, { manifestName, manifest: 'first' });
        failpoint('gc.moved');
        return 'moved';
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error;
        // The stamp's directory is not there yet, or a garbage collection with a shorter grace deleted it.
        if (!isLastTry) mkdirSync(dirname(target), { recursive: true });
      }
    }
    return 'gone';
  }

  /** False if it is no longer in the trash, or an entry stands in its place. Throws errors of the whole disk. */
  putBack(stamp: string, key: EntryKey): boolean | Stuck {
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
        if (errno !== 'ENOENT') return { path: this.#place(stamp, key), errno };
        if (!isLastTry) mkdirSync(dirname(place), { recursive: true });
      }
    }
    return false;
  }

  /** The stamps that hold the entry, the latest first. */
  stampsOf(key: EntryKey): Haul[] {
    const found = this.stamps().filter(({ id }) => existsSync(this.#place(id, key)));
    return found.sort((a, b) => b.at - a.at);
  }

  stamps(): Haul[] {
    return names(this.#layout.trash).flatMap((name) => {
      const at = timeOf(name);
      return at === undefined ? [] : [{ id: name, at }];
    });
  }

  *entriesOf({ id }: Haul): Generator<EntryKey> {
    const dir = join(this.#layout.trash, id);
    for (const config_hash of names(dir)) {
      if (!isConfigHash(config_hash)) continue;
      for (const source_hash of names(join(dir, config_hash)))
        if (isSegment(source_hash)) yield { config_hash, source_hash };
    }
  }

  rename(from: string, to: string): Moved {
    return moved(join(this.#layout.trash, from), join(this.#layout.trash, to));
  }

  doom(stamp: string): Moved {
    const doomed = this.rename(stamp, `${doomedPrefix}${stamp}`);
    failpoint('gc.doomed');
    return doomed;
  }

  /** Moves a file or directory from elsewhere to the trash, under a name that is to be deleted. */
  discard(path: string, name: string): Moved {
    mkdirSync(this.#layout.trash, { recursive: true });
    return moved(path, join(this.#layout.trash, `${doomedPrefix}${name}`));
  }

  /** Deletes what is named `deleting-…`, and yields after each file. Yields a `Stuck` for what cannot be removed. */
  *empty(): Generator<string | Stuck> {
    for (const name of names(this.#layout.trash)) {
      if (!name.startsWith(doomedPrefix)) continue;
      const stuck = yield* removing(join(this.#layout.trash, name), () => failpoint('gc.deleted'));
      if (stuck !== undefined) yield stuck;
    }
  }

  #place(stamp: string, { config_hash, source_hash }: EntryKey): string {
    return join(this.#layout.trash, stamp, config_hash, source_hash);
  }
}

function moved(from: string, to: string): Moved {
  try {
    moveTree(from, to);
    return 'moved';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || isOfTheDisk(errno)) throw error;
    return errno === 'ENOENT' ? 'gone' : { path: from, errno };
  }
}

export const stampName = (at: number): string =>
  `${new Date(at).toISOString().replaceAll(/[-:.]/g, '')}-${process.pid}-${randomBytes(4).toString('hex')}`;

function timeOf(name: string): number | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-\d+-[0-9a-f]+$/.exec(name);
  if (found === null) return undefined;
  const [year, month, day, hours, minutes, seconds, ms] = found.slice(1).map(Number);
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hours, minutes, seconds, ms);
}

/** Whether the disk as a whole fails: then every other operation would fail as well. */
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
