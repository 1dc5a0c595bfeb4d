/**
 * Staging: a private directory for each attempt, on the file system of the store.
 *
 *   .cab/staging/<job>-<attempt>/          the runner's `out_root`; `entry` in it is where the artifact goes
 *   .cab/staging/<job>-<attempt>.entry/    made by the engine of what the runner left; it becomes the entry
 *   .cab/staging/<job>-<attempt>.pid       which processes work for the attempt, see support/process/leftover-process.ts
 *   .cab/staging/idle.<pid>.<started>.…    kept for the next attempt of that process
 *   .cab/staging/removing.…                on its way out; whoever finds it goes on
 *
 * Nothing of it is flushed: what a crash of the machine leaves of it is swept.
 *
 * A directory that comes back empty is kept under an idle name and renamed for the next attempt. Not to spare a call:
 * ext4 gives out no inode that was freed in the last minute, and passes over them one by one, so that a worker that
 * makes and removes some for each of its jobs soon spends most of its time there.
 *
 * What cannot be removed stays, and each sweep tries again.
 */
import { randomUUID } from 'node:crypto';
import { lstatSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { failpoint } from '../../support/failpoints.ts';
import { currentOwner, isAlive } from '../../support/process/owner.ts';
import { makeDirectory } from '../../support/files/durable.ts';
import { idlePlace, moved } from '../../support/files/idle-place.ts';
import type { Staging } from '../../core/ports/workspace.ts';
import type { IsLive } from '../../core/ports/workspace.ts';
import { namesIn } from '../../support/files/names-in.ts';
import { removeTree } from '../../support/files/remove-tree.ts';
import type { TellStuck } from '../../support/files/stuck.ts';

const mostSpare = 64;

/** Where the engine makes the entry of an attempt; beside `out_root`, which its runner may have closed to everyone. */
export const stagedEntryPlace = (out_root: string): string => `${out_root}.entry`;

/** Where the artifact of a runner goes that has no opinion. */
const artifactHome = (out_root: string): string => join(out_root, 'entry');

/** Of a name in staging. */
export interface AttemptName {
  readonly job_id: string;
  readonly attempt: number;
  /** `.pid`, `.entry`; empty for `out_root`. */
  readonly suffix: string;
}

/** Undefined for what belongs to no attempt. */
export function attemptNamed(name: string): AttemptName | undefined {
  const [, job_id, attempt, suffix] =
    /^([^.]+)-(\d+)(?:\.again-\w+)?(|\.pid|\.entry)$/.exec(name) ?? [];
  return job_id === undefined || suffix === undefined
    ? undefined
    : { job_id, attempt: Number(attempt), suffix };
}

/** A directory for the next attempt: empty, but for `entry`, of that inode. */
interface Spare {
  readonly dir: string;
  readonly home: number;
}

export class StagingArea {
  readonly #home: string;
  readonly #tell: TellStuck;
  #spare: Spare[] = [];

  constructor(home: string, tell: TellStuck) {
    this.#home = home;
    this.#tell = tell;
  }

  async stage(job_id: string, attempt: number): Promise<Staging> {
    const dir = await this.#freePlace(`${job_id}-${attempt}`);
    const home = this.#takeSpare(dir) ?? (await this.#make(dir));
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

  /** An attempt that was handed back to the queue comes again under its number, and may have left what cannot be moved. */
  async #freePlace(name: string): Promise<string> {
    const dir = join(this.#home, name);
    for (const place of [stagedEntryPlace(dir), dir])
      if (isThere(place)) await this.#takeAway(place);
    return isThere(dir) ? `${dir}.again-${randomUUID().slice(0, 8)}` : dir;
  }

  async #make(dir: string): Promise<number> {
    await makeDirectory(this.#home);
    failpoint('entry.staging');
    // Not at once: a new directory may wait for what the file system flushes just now.
    await mkdir(dir);
    await mkdir(artifactHome(dir));
    return lstatSync(artifactHome(dir)).ino;
  }

  /** The inode of its `entry`. */
  #takeSpare(dir: string): number | undefined {
    for (let spare = this.#spare.pop(); spare !== undefined; spare = this.#spare.pop()) {
      if (moved(spare.dir, dir)) return spare.home;
    }
    return undefined;
  }

  async #discard(used: Spare, isInUse: boolean): Promise<void> {
    const { dir } = used;
    const entry = stagedEntryPlace(dir);
    if (isThere(entry)) await this.#remove(entry);
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

/** Gives the number of attempts whose directory is gone. Safe beside other processes: nobody looks at a directory whose attempt is not live. */
export async function sweepStaging(home: string, tell: TellStuck, isLive: IsLive): Promise<number> {
  let swept = 0;
  for (const name of await namesIn(home)) {
    const path = join(home, name);
    if (isAbandoned(name)) await remove(path, tell);
    const named = attemptNamed(name);
    // A note goes with the processes that it names.
    if (named === undefined || named.suffix === '.pid') continue;
    if (await isLive(named.job_id, named.attempt)) continue;
    if (await takeAway(home, path, tell)) swept += 1;
  }
  return swept;
}

/** At once, before its files go one by one: a worker that stood still and lives after all publishes all of it or nothing. */
async function takeAway(home: string, dir: string, tell: TellStuck): Promise<boolean> {
  const aside = join(home, `removing.${randomUUID()}`);
  return remove(moved(dir, aside) ? aside : dir, tell);
}

async function remove(path: string, tell: TellStuck): Promise<boolean> {
  const stuck = await removeTree(path);
  if (stuck !== undefined) tell(stuck);
  return stuck === undefined;
}

/** Whether a process that is gone left it, or whoever was to remove it. */
export function isAbandoned(name: string): boolean {
  if (name.startsWith('removing.')) return true;
  const [, pid, started] = /^idle\.(\d+)\.([^.]*)\.[\w-]+$/.exec(name) ?? [];
  if (pid === undefined || started === undefined) return false;
  return isAlive({ ...currentOwner(), pid: Number(pid), started }) !== true;
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * Whether all that a runner left was files in `entry`, which are gone now. Its inode tells that nothing was mounted over
 * it, nor a link put in its place: files there would be somebody else's.
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
    // Closed to its owner, or with a directory in it.
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
