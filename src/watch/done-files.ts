/**
 * What becomes of a file whose job ended done. The file is first renamed to a hidden name beside it, and looked
 * at there: whatever is written under its name from then on is another file, which stays. A crash leaves it
 * under the hidden name, which the run id tells, and the next watcher goes on from there.
 */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sync } from '../core/cas/durable.ts';
import { errnoOf } from '../core/errors.ts';
import type { WatchContext } from './context.ts';
import type { FollowedFile } from './following.ts';
import { statsOf } from './scan.ts';
import { isUnchanged } from './submission.ts';
import type { OnDone } from './watcher.ts';

export class DoneFiles {
  readonly #context: WatchContext;
  readonly #onDone: OnDone;
  /** By run id: the end of a job and a round may come upon the same file. */
  readonly #clearing = new Set<string>();
  /** Files that were moved or deleted. */
  cleared = 0;

  constructor(context: WatchContext, onDone: OnDone) {
    this.#context = context;
    this.#onDone = onDone;
  }

  /** Files whose job ended done before, under an earlier watcher or while the destination could not be written. */
  async clearAll(): Promise<void> {
    if (this.#onDone.do === 'keep') return;
    const { seen, signal, backoff } = this.#context;
    for (let after = ''; !signal.aborted;) {
      const files = await backoff.persist(() => seen.list('done', page, after));
      for (const file of files) await this.clear(file);
      const last = files.at(-1);
      if (last === undefined) return;
      after = last.path;
    }
  }

  async clear(file: FollowedFile): Promise<void> {
    if (this.#onDone.do === 'keep' || this.#clearing.has(file.run_id)) return;
    this.#clearing.add(file.run_id);
    try {
      await this.#clear(file, this.#onDone);
    } finally {
      this.#clearing.delete(file.run_id);
    }
  }

  async #clear(file: FollowedFile, onDone: Exclude<OnDone, { do: 'keep' }>): Promise<void> {
    const { seen, scope, teller, backoff } = this.#context;
    const path = scope.absolute(file.path);
    try {
      const aside = await this.#takeAside(file);
      if (aside === undefined) return;
      const marker = scope.markerOf(file.path);
      if (marker !== undefined) await unlinkIfThere(marker);
      const to = onDone.do === 'move' ? join(onDone.to, file.path) : undefined;
      const moved = to === undefined ? undefined : await place(aside, to);
      if (to === undefined) await unlinkIfThere(aside);
      await backoff.persist(() => seen.forget(file));
      this.cleared += 1;
      teller.tell(
        moved === undefined ? { type: 'deleted', path } : { type: 'moved', path, to: moved },
      );
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) throw error;
      teller.warn(
        path,
        `${path} could not be ${onDone.do === 'move' ? 'moved' : 'deleted'} (${errno})`,
        'Its job is done. Check the permissions and the disk; it is tried again later.',
      );
    }
  }

  /** Where the file lies now; undefined where it is not what the job was made of. */
  async #takeAside(file: FollowedFile): Promise<string | undefined> {
    const path = this.#context.scope.absolute(file.path);
    const aside = join(dirname(path), `.cab-${file.run_id}`);
    if ((await statsOf(aside)) === undefined) {
      if (!(await isUnchanged(file, this.#context))) return undefined;
      await rename(path, aside);
    }
    const stats = await statsOf(aside);
    // Renaming changes the time of change, so the rest must do.
    const isIt =
      stats !== undefined &&
      file.fingerprint.startsWith(`${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:`);
    if (isIt) return aside;
    await putBack(aside, path);
    return undefined;
  }
}

const page = 500;

/** Never over a file that has come meanwhile: that one is the newer. */
async function putBack(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EPERM' || errno === 'ENOTSUP') return linkless(aside, path);
    if (errno !== 'EEXIST') throw error;
  }
  await unlink(aside);
}

/** File systems without hard links. */
async function linkless(aside: string, path: string): Promise<void> {
  if ((await statsOf(path)) === undefined) await rename(aside, path);
  else await unlink(aside);
}

/** Moves a file to a name that is free, numbered where it must be; gives that name. */
async function place(from: string, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true });
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? to : numbered(to, number);
    if (!(await reserve(name))) continue;
    try {
      await moveOver(from, name);
    } catch (error) {
      await unlink(name);
      throw error;
    }
    return name;
  }
}

/** `foo-1.features.json`: the number stands before the suffixes, so that patterns still hold. */
function numbered(path: string, number: number): string {
  const name = path.slice(dirname(path).length + 1);
  const dot = name.indexOf('.', 1);
  const end = dot === -1 ? name.length : dot;
  return join(dirname(path), `${name.slice(0, end)}-${number}${name.slice(end)}`);
}

async function reserve(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function moveOver(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await sync(to);
    await unlink(from);
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
