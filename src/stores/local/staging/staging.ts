/**
 * Staging: a private directory for each attempt, on the file system of the store.
 *
 *   .cab/staging/<job>-<attempt>/          the runner's `out_root`; its artifact goes into `entry` in it
 *   .cab/staging/<job>-<attempt>.entry/    made by the engine from what the runner left; becomes the entry
 *   .cab/staging/<job>-<attempt>.pid       processes that work for the attempt, see
 *                                          support/process/leftover-process.ts
 *   .cab/staging/idle.<pid>.<started>.…    kept for the next attempt of that process
 *   .cab/staging/arriving.<pid>.<started>.…  an entry from another machine, see support/files/arriving-files.ts
 *   .cab/staging/removing.…                being removed; any process that finds it continues
 *
 * Nothing here is flushed. What a crash of the machine leaves is swept.
 *
 * A directory that comes back empty gets an idle name, and is renamed for the next attempt. The reason is ext4: it
 * does not reuse an inode that was freed in the last minute, and skips such inodes one by one. A worker that makes
 * and removes directories for each job soon spends most of its time there.
 *
 * What cannot be removed stays, and each sweep tries again.
 */
import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { currentOwner, isAlive } from '../../../support/process/owner.ts';
import { makeDirectory } from '../../../support/files/durable.ts';
import { idlePlace, moved } from '../../../support/files/idle-place.ts';
import type { Staging } from '../../../core/ports/workspace.ts';
import type { IsLive } from '../../../core/ports/workspace.ts';
import { namesIn } from '../../../support/files/names-in.ts';
import { removeTree } from '../../../support/files/remove-tree.ts';
import type { TellStuck } from '../../../support/files/stuck.ts';

const mostSpare = 64;

/**
 * The directory where the engine makes the entry of an attempt. It lies beside `out_root`, because the runner may
 * have closed that to everyone.
 */
export const stagedEntryPlace = (out_root: string): string => `${out_root}.entry`;

/** The directory for the artifact of a runner that chooses none itself. */
const artifactHome = (out_root: string): string => join(out_root, 'entry');

/** The parts of a name in staging. */
export interface AttemptName {
  readonly job_id: string;
  readonly attempt: number;
  /** `.pid` or `.entry`; empty for `out_root`. */
  readonly suffix: string;
}

/** Undefined for a name that belongs to no attempt. */
export function attemptNamed(name: string): AttemptName | undefined {
  const [, job_id, attempt, suffix] =
    /^([^.]+)-(\d+)(?:\.again-\w+)?(|\.pid|\.entry)$/.exec(name) ?? [];
  return job_id === undefined || suffix === undefined
    ? undefined
    : { job_id, attempt: Number(attempt), suffix };
}

/** A directory for the next attempt. It is empty except for `entry`, whose inode is `home`. */
interface Spare {
  readonly dir: string;
  readonly home: number;
}

/** `home` is undefined if the directory was not made yet when the attempt began. */
type Staged = Pick<Spare, 'dir'> & { readonly home: number | undefined };

export class StagingArea {
  readonly #home: string;
  readonly #tell: TellStuck;
  #spare: Spare[] = [];

  constructor(home: string, tell: TellStuck) {
    this.#home = home;
    this.#tell = tell;
  }

  /** @param isLazy the caller makes the directory if it needs it. Once one did, spare ones are taken as ever. */
  async stage(job_id: string, attempt: number, isLazy = false): Promise<Staging> {
    const dir = await this.#freePlace(`${job_id}-${attempt}`);
    const home = this.#takeSpare(dir) ?? (await this.#madeUnless(isLazy, dir));
    let discarded: Promise<void> | undefined;
    return {
      dir,
      artifactDir: artifactHome(dir),
      discard: (isInUse = false) => (discarded ??= this.#discard({ dir, home }, isInUse)),
    };
  }

  async close(): Promise<void> {
    for (const { dir } of this.#spare.splice(0)) await this.#remove(dir);
  }

  /**
   * If an attempt was handed back to the queue, its number comes again, and its old directory may be impossible to
   * move.
   */
  async #freePlace(name: string): Promise<string> {
    const dir = join(this.#home, name);
    for (const place of [stagedEntryPlace(dir), dir])
      if (isThere(place)) await this.#takeAway(place);
    return isThere(dir) ? `${dir}.again-${randomUUID().slice(0, 8)}` : dir;
  }

  /** Undefined if only its parent was made. */
  async #madeUnless(isLazy: boolean, dir: string): Promise<number | undefined> {
    await makeDirectory(this.#home);
    if (isLazy) return undefined;
    failpoint('entry.staging');
    // Asynchronous, because making a directory may wait for a flush of the file system.
    await mkdir(dir);
    await mkdir(artifactHome(dir));
    return lstatSync(artifactHome(dir)).ino;
  }

  /** Gives the inode of its `entry`. */
  #takeSpare(dir: string): number | undefined {
    for (let spare = this.#spare.pop(); spare !== undefined; spare = this.#spare.pop()) {
      if (moved(spare.dir, dir)) return spare.home;
    }
    return undefined;
  }

  async #discard(staged: Staged, isInUse: boolean): Promise<void> {
    const { dir } = staged;
    const entry = stagedEntryPlace(dir);
    if (isThere(entry)) await this.#remove(entry);
    const used = spareIn(staged);
    if (used === undefined) return;
    const spare = idlePlace(dir);
    const isSpare = !isInUse && this.#spare.length < mostSpare;
    if (isSpare && emptied(used) && moved(dir, spare)) this.#spare.push({ ...used, dir: spare });
    else await this.#remove(dir);
  }

  async #takeAway(dir: string): Promise<void> {
    await takeAway(this.#home, dir, this.#tell);
  }

  async #remove(path: string): Promise<void> {
    await remove(path, this.#tell);
  }
}

/**
 * Gives the number of attempts whose directory was removed. Safe beside other processes: no process uses the
 * directory of an attempt that is not live.
 */
export async function sweepStaging(home: string, tell: TellStuck, isLive: IsLive): Promise<number> {
  let swept = 0;
  for (const name of await namesIn(home)) {
    const path = join(home, name);
    if (isAbandoned(name)) await remove(path, tell);
    const named = attemptNamed(name);
    // A `.pid` note is removed after the processes that it names.
    if (named === undefined || named.suffix === '.pid') continue;
    if (await isLive(named.job_id, named.attempt)) continue;
    if (await takeAway(home, path, tell)) swept += 1;
  }
  return swept;
}

/**
 * Renames the directory before its files are removed one by one. So a worker that was only suspended, and continues,
 * publishes the whole entry or nothing.
 */
async function takeAway(home: string, dir: string, tell: TellStuck): Promise<boolean> {
  const aside = join(home, `removing.${randomUUID()}`);
  return remove(moved(dir, aside) ? aside : dir, tell);
}

async function remove(path: string, tell: TellStuck): Promise<boolean> {
  const stuck = await removeTree(path);
  if (stuck !== undefined) tell(stuck);
  return stuck === undefined;
}

/** Whether it was left by a process that is gone, or by an unfinished removal. */
export function isAbandoned(name: string): boolean {
  if (name.startsWith('removing.')) return true;
  const [, pid, started] = /^(?:idle|arriving)\.(\d+)\.([^.]*)\.[\w-]+$/.exec(name) ?? [];
  if (pid === undefined || started === undefined) return false;
  return isAlive({ ...currentOwner(), pid: Number(pid), started }) !== true;
}

/** Undefined if nobody made the directory. */
function spareIn({ dir, home }: Staged): Spare | undefined {
  if (home !== undefined) return { dir, home };
  if (!isThere(dir)) return undefined;
  return { dir, home: lstatSync(artifactHome(dir), { throwIfNoEntry: false })?.ino ?? NaN };
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * Empties `entry`. True if the runner left nothing but files in it, which are gone now. The inode of `entry` shows
 * that no mount and no link took its place: files there would belong to somebody else.
 */
function emptied({ dir, home }: Spare): boolean {
  try {
    if (readdirSync(dir).length !== 1) return false;
    const entry = artifactHome(dir);
    const stats = lstatSync(entry);
    if (!stats.isDirectory() || stats.ino !== home || stats.dev !== statSync(dir).dev) return false;
    for (const name of readdirSync(entry)) unlinkSync(join(entry, name));
    return true;
  } catch (error) {
    // It is closed to its owner, or has a directory in it.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
