/**
 * Staging: `.cab/staging/<job>-<attempt>/`, a private directory for each attempt, on the file system of the store.
 * Nothing of it is flushed: what a crash of the machine leaves of it is swept.
 *
 * A directory that comes back empty is kept under a name that says whose it is, `idle.<pid>.<start time>.<uuid>`, and
 * renamed for the next attempt. Not to spare a call: ext4 gives out no inode that was freed in the last minute, and
 * passes over them one by one, so that a worker that makes and removes some for each of its jobs soon spends most of
 * its time there.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf } from '../errors.ts';
import { failpoint } from '../failpoints.ts';
import { currentOwner, isAlive } from '../queue/owner.ts';
import { makeDirectory } from './durable.ts';
import type { Staging } from './entry-store.ts';
import { namesIn } from './names-in.ts';

const mostSpare = 64;

export class StagingArea {
  readonly #home: string;
  #spare: string[] = [];

  constructor(home: string) {
    this.#home = home;
  }

  async stage(job_id: string, attempt: number): Promise<Staging> {
    const dir = join(this.#home, `${job_id}-${attempt}`);
    if (statSync(dir, { throwIfNoEntry: false }) !== undefined) await takeAway(dir);
    if (!this.#takeSpare(dir)) {
      await makeDirectory(this.#home);
      failpoint('entry.staging');
      mkdirSync(dir);
    }
    let discarded: Promise<void> | undefined;
    return { dir, discard: () => (discarded ??= this.#discard(dir)) };
  }

  /** Safe beside other processes: an attempt that is not live has nobody who looks at its directory. */
  async sweep(isLive: (job_id: string, attempt: number) => Promise<boolean>): Promise<number> {
    let swept = 0;
    for (const name of await namesIn(this.#home)) {
      if (isAbandoned(name)) await remove(join(this.#home, name));
      const [, job_id, attempt] = /^([^.]+)-(\d+)$/.exec(name) ?? [];
      if (job_id === undefined || (await isLive(job_id, Number(attempt)))) continue;
      await takeAway(join(this.#home, name));
      swept += 1;
    }
    return swept;
  }

  async close(): Promise<void> {
    await Promise.all(this.#spare.splice(0).map(remove));
  }

  #takeSpare(dir: string): boolean {
    for (let spare = this.#spare.pop(); spare !== undefined; spare = this.#spare.pop()) {
      if (moved(spare, dir)) return true;
    }
    return false;
  }

  async #discard(dir: string): Promise<void> {
    const spare = idlePlace(dir);
    if (this.#spare.length < mostSpare && isEmpty(dir) && moved(dir, spare))
      this.#spare.push(spare);
    else await remove(dir);
  }
}

/** Where what serves one attempt after the other lies between them; beside `dir`. */
export function idlePlace(dir: string): string {
  const { pid, started } = currentOwner();
  return join(dirname(dir), `idle.${pid}.${started}.${randomUUID()}`);
}

/** False where somebody swept it: where its owner cannot be seen, it is taken for dead. */
export function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function isAbandoned(name: string): boolean {
  const [, pid, started] = /^idle\.(\d+)\.([^.]*)\.[\w-]+$/.exec(name) ?? [];
  if (pid === undefined || started === undefined) return false;
  return isAlive({ ...currentOwner(), pid: Number(pid), started }) !== true;
}

/** At once, before its files go one by one: a worker that stood still and lives after all publishes all of it or nothing. */
async function takeAway(dir: string): Promise<void> {
  const aside = idlePlace(dir);
  if (moved(dir, aside)) await remove(aside);
}

const remove = (dir: string): Promise<void> => rm(dir, { recursive: true, force: true });

function isEmpty(dir: string): boolean {
  try {
    return readdirSync(dir).length === 0;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
