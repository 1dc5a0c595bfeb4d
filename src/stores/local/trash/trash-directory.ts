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
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { isConfigHash, isSegment, type EntryKey } from '../../../core/model/key.ts';
import type { Haul } from '../../../core/ports/trash.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { moveTree } from '../../../support/files/move-tree.ts';
import { removing } from '../../../support/files/remove-tree.ts';
import type { Stuck } from '../../../support/files/stuck.ts';
import type { FileNames } from '../../../core/ports/entry-store.ts';
import type { Layout } from '../layout.ts';

const doomedPrefix = 'deleting-';

/** A failure of one move or removal that says nothing of others. */
type Moved = 'moved' | 'gone' | Stuck;

/** Synchronous: entries are taken while the job store is held. */
export class TrashDirectory {
  readonly #layout: Layout;
  readonly #manifestName: string;

  constructor(layout: Layout, { manifestName }: Pick<FileNames, 'manifestName'>) {
    this.#layout = layout;
    this.#manifestName = manifestName;
  }

  /** `gone` where another collection, or nobody, has it. Throws system errors. */
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
        // The stamp's directory is not there yet, or one with a shorter grace has deleted it already.
        if (!isLastTry) mkdirSync(dirname(target), { recursive: true });
      }
    }
    return 'gone';
  }

  /** False if it is not there any more, or an entry stands in its place. Throws what says that no other would fare better. */
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

  /** Those that hold the entry, the latest first. */
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

  /** Takes a file or directory from elsewhere on its way out. */
  discard(path: string, name: string): Moved {
    mkdirSync(this.#layout.trash, { recursive: true });
    return moved(path, join(this.#layout.trash, `${doomedPrefix}${name}`));
  }

  /** Deletes what is on its way out, a step a file; what stays is a step of its own. */
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
