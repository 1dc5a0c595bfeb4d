/**
 * Notes what the system says of the path to a file: of the file, each link that leads to it, and each folder on the way. If
 * bytes are swapped and swapped back, they are the same again, but their stamps are not.
 *
 *   file, link   any changed stamp counts: a swap by rename changes only ctime
 *   folder       device and inode, which identify the folder; and ctime, if it changed without mtime: renaming a folder
 *                changes only its ctime, while a file that is made or removed in it changes mtime as well
 *
 * Not seen: a folder that was swapped and swapped back, if a file was made in it afterwards; bytes that are changed through a
 * memory mapping, until the system writes them back; a network file system that updates stamps late.
 */
import { lstatSync, readlinkSync, statSync, type BigIntStats } from 'node:fs';
import { errnoOf } from '../model/errors.ts';
import { fingerprintOf, isSettled } from './fingerprint.ts';

interface FolderStamp {
  readonly identity: string;
  readonly mtime: bigint;
  readonly ctime: bigint;
}

export class PathStamps {
  readonly #takenAt = Date.now();
  /** Fingerprints of files and links, by path; `gone` if nothing is there. */
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, FolderStamp>();
  /** The end of each of the paths, after following links. */
  readonly #ends = new Map<string, string>();
  #isSettled = true;

  /**
   * @param paths absolute
   * @param kept files in folders of the root, which nobody but cab may change: only the files are looked at
   */
  constructor(paths: Iterable<string>, kept: Iterable<string> = []) {
    for (const path of paths) this.#follow(path);
    for (const path of kept) this.#note(path);
  }

  /** False if a file changed so recently that another change may leave the same stamps. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The fingerprint of the file to which one of the paths leads; undefined if it leads nowhere. */
  fingerprint(path: string): string | undefined {
    const found = this.#files.get(this.#ends.get(path) ?? path);
    return found === gone ? undefined : found;
  }

  /** Whether the path is one of those that were noted. */
  notes(path: string): boolean {
    return this.#files.has(path) || this.#folders.has(path);
  }

  /** The first path whose stamps in `later` differ; undefined if there is none. */
  movedIn(later: PathStamps): string | undefined {
    const files = new Set([...this.#files.keys(), ...later.#files.keys()]);
    for (const path of files) if (this.#files.get(path) !== later.#files.get(path)) return path;
    for (const [path, stamp] of this.#folders)
      if (wasSwapped(stamp, later.#folders.get(path))) return path;
    return undefined;
  }

  /** As `realpath`, noting each step. */
  #follow(path: string): void {
    const rest = path.split('/').reverse();
    let at = '';
    for (let links = 0; rest.length > 0;) {
      const name = rest.pop() ?? '';
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at = at.slice(0, Math.max(at.lastIndexOf('/'), 0));
        continue;
      }
      const next = `${at}/${name}`;
      if (this.#folders.has(next)) {
        at = next;
        continue;
      }
      const target = this.#note(next);
      if (target === undefined) at = next;
      else if ((links += 1) > mostLinks) break;
      else {
        if (target.startsWith('/')) at = '';
        rest.push(...target.split('/').reverse());
      }
    }
    if (this.#files.get(at) === gone) this.#noteEnd(path);
    else this.#ends.set(path, at);
  }

  /** The target of the link at this path; undefined if there is no link. */
  #note(path: string): string | undefined {
    const stats = unlessGone(() => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
    if (stats?.isDirectory() === true) {
      const { dev, ino, mtimeNs: mtime, ctimeNs: ctime } = stats;
      this.#folders.set(path, { identity: `${dev}:${ino}`, mtime, ctime });
      return undefined;
    }
    this.#noteFile(path, stats);
    return stats?.isSymbolicLink() === true ? unlessGone(() => readlinkSync(path)) : undefined;
  }

  #noteFile(path: string, stats: BigIntStats | undefined): void {
    this.#files.set(path, stats === undefined ? gone : fingerprintOf(stats));
    if (stats !== undefined && !isSettled(stats, this.#takenAt)) this.#isSettled = false;
  }

  /** Links of `/proc` may lead to files that have no path. */
  #noteEnd(path: string): void {
    const stats = unlessGone(() => statSync(path, { bigint: true, throwIfNoEntry: false }));
    if (stats !== undefined) this.#noteFile(path, stats);
  }
}

const gone = 'gone';
const mostLinks = 40;

function wasSwapped(before: FolderStamp, after: FolderStamp | undefined): boolean {
  if (after === undefined || after.identity !== before.identity) return true;
  return after.ctime !== before.ctime && after.mtime === before.mtime;
}

/** A path that cannot be read counts as leading nowhere. Opening it later gives the reason. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
