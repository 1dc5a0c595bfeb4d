/**
 * Moves or deletes a file whose job is done. The file must hold still for the settle time after the run too, and no
 * process may have it open for writing, because later writes would be lost. Then:
 *
 *   1. The file is renamed to a hidden name beside it. A later write under its old name makes another file,
 *      which stays.
 *   2. It is checked once more under the hidden name, and then moved or deleted.
 *
 * A crash leaves it under the hidden name, which contains the run id, and the next watcher continues from there.
 */
import type { BigIntStats } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { pause } from '../../support/time/pause.ts';
import type { WatchContext } from '../context.ts';
import type { FollowedFile } from '../following.ts';
import { OpenForWriting } from './open-for-writing.ts';
import { asideOf, place, putBack, unlinkIfThere } from './placing.ts';
import { statsOf } from '../scan.ts';
import { hasContent, isUnchanged } from '../submission.ts';
import type { OnDone } from '../watcher.ts';

export interface DoneFilesOptions {
  readonly context: WatchContext;
  readonly onDone: OnDone;
  readonly settleMs: number;
  readonly onError: (error: unknown) => void;
}

export class DoneFiles {
  readonly #options: DoneFilesOptions;
  readonly #writing = new OpenForWriting();
  /** By run id, because the end of a job and a round may both find the same file. */
  readonly #clearing = new Map<string, Promise<void>>();
  #looking: Promise<void> | undefined;
  #wereLookedAt = false;
  /** Number of files that were moved or deleted. */
  cleared = 0;

  constructor(options: DoneFilesOptions) {
    this.#options = options;
  }

  /** Clears files whose job was done earlier: under an earlier watcher, or when they could not be cleared. */
  clearAll(): void {
    // Once is enough for a watcher that keeps files, because it renames none itself.
    if (this.#options.onDone.do === 'keep' && this.#wereLookedAt) return;
    this.#looking ??= this.#clearAll()
      .catch(this.#options.onError)
      .finally(() => (this.#looking = undefined));
  }

  /** Resolves once the file is cleared, or stays. Never rejects. */
  async clear(file: FollowedFile): Promise<void> {
    const { onDone, onError } = this.#options;
    if (onDone.do === 'keep') return;
    const { run_id } = file;
    const clearing =
      this.#clearing.get(run_id) ??
      this.#clear(file, onDone)
        .catch(onError)
        .finally(() => this.#clearing.delete(run_id));
    this.#clearing.set(run_id, clearing);
    await clearing;
  }

  async close(): Promise<void> {
    await this.#looking;
    await Promise.all(this.#clearing.values());
  }

  async #clearAll(): Promise<void> {
    const { seen, signal, backoff } = this.#options.context;
    for (let after = ''; !signal.aborted;) {
      const files = await backoff.persist(() => seen.list('done', page, after));
      await Promise.all(files.map((file) => this.#goOn(file)));
      const last = files.at(-1);
      if (last === undefined) break;
      after = last.path;
    }
    this.#wereLookedAt = !signal.aborted;
  }

  /**
   * An earlier watcher may have died and left a file under its hidden name. If this watcher keeps files,
   * it puts the file back.
   */
  async #goOn(file: FollowedFile): Promise<void> {
    if (this.#options.onDone.do !== 'keep') return this.clear(file);
    const path = this.#options.context.scope.absolute(file.path);
    const aside = asideOf(path, file.run_id);
    if ((await statsOf(aside)) === undefined) return;
    await putBack(aside, path);
    this.#options.context.teller.warn(
      path,
      `${path} is back under its name: a watcher that was to clear it ended before it had done so`,
      'Its job is done. It stays, as this watcher keeps files.',
    );
  }

  async #clear(file: FollowedFile, onDone: Exclude<OnDone, { do: 'keep' }>): Promise<void> {
    const { seen, scope, teller, backoff } = this.#options.context;
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

  /** The path where the file lies now; undefined if it stays. */
  async #takeAside(file: FollowedFile): Promise<string | undefined> {
    const path = this.#options.context.scope.absolute(file.path);
    const aside = asideOf(path, file.run_id);
    const left = await statsOf(aside);
    const found = left ?? (await this.#heldStill(file));
    if (found === undefined || (await this.#isBeingWritten(file, found))) return undefined;
    if (left === undefined) await rename(path, aside);
    // The rename changes the ctime, so only the rest is compared. If a crash left the file here, its content is too.
    const stats = await statsOf(aside);
    if (stats === undefined) return undefined;
    const isIt =
      file.fingerprint.startsWith(`${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:`) &&
      (left === undefined || (await hasContent(aside, file, this.#options.context)));
    // No process can open it under its name any more, so a process that is no writer now cannot become one.
    if (isIt && !(await this.#isBeingWritten(file, stats))) return aside;
    if (!isIt) this.#tellChanged(file);
    await putBack(aside, path);
    return undefined;
  }

  /** The file's `stat`, if the file is the one that was hashed and held still for the settle time. */
  async #heldStill(file: FollowedFile): Promise<BigIntStats | undefined> {
    const { context, settleMs } = this.#options;
    const { scope, signal } = context;
    const before = await isUnchanged(file, context);
    if (before && !(await pause(settleMs, signal))) return undefined;
    const stats = await statsOf(scope.absolute(file.path));
    if (stats === undefined) return undefined;
    if (before && (await isUnchanged(file, context))) return stats;
    this.#tellChanged(file);
    return undefined;
  }

  async #isBeingWritten(file: FollowedFile, stats: BigIntStats): Promise<boolean> {
    const { scope, teller } = this.#options.context;
    const writer = await this.#writing.writerOf(stats);
    if (writer === undefined) return false;
    const path = scope.absolute(file.path);
    teller.warn(
      path,
      `${path} stays: ${writer} has it open for writing`,
      'Its job is done. It is looked at again later, and submitted again if its content has changed by then.',
    );
    return true;
  }

  #tellChanged(file: FollowedFile): void {
    const { scope, teller } = this.#options.context;
    const path = scope.absolute(file.path);
    teller.warn(
      path,
      `${path} stays: it is not the file any more that its job was made of`,
      'It is submitted as it is now, once it has held still.',
    );
  }
}

/** Number of files that settle at the same time. */
const page = 500;
