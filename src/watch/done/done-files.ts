/**
 * What becomes of a file whose job ended done. It must hold still for the settle time after the run too, and no process may
 * have it open for writing: what a writer that paused still writes would be lost. The file is then renamed to a
 * hidden name beside it, and looked at there: whatever is written under its name from then on is another file, which
 * stays. A crash leaves it under the hidden name, which the run id tells, and the next watcher goes on from there.
 */
import type { BigIntStats } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';
import { pause } from '../../support/pause.ts';
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
  /** By run id: the end of a job and a round may come upon the same file. */
  readonly #clearing = new Map<string, Promise<void>>();
  #looking: Promise<void> | undefined;
  #wereLookedAt = false;
  /** Files that were moved or deleted. */
  cleared = 0;

  constructor(options: DoneFilesOptions) {
    this.#options = options;
  }

  /** Looks at files whose job ended done before: under an earlier watcher, or while they could not be cleared. */
  clearAll(): void {
    // Once is enough: a watcher that keeps files puts none aside itself.
    if (this.#options.onDone.do === 'keep' && this.#wereLookedAt) return;
    this.#looking ??= this.#clearAll()
      .catch(this.#options.onError)
      .finally(() => (this.#looking = undefined));
  }

  /** Resolves once the file is cleared or stays; never rejects. */
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

  /** An earlier watcher that cleared files may have died with one aside; this one may be told to keep them. */
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

  /** Where the file lies now; undefined if it stays where it is. */
  async #takeAside(file: FollowedFile): Promise<string | undefined> {
    const path = this.#options.context.scope.absolute(file.path);
    const aside = asideOf(path, file.run_id);
    const left = await statsOf(aside);
    const found = left ?? (await this.#heldStill(file));
    if (found === undefined || (await this.#isBeingWritten(file, found))) return undefined;
    if (left === undefined) await rename(path, aside);
    // Renaming changes the time of change, so the rest must do, or the content where a crash left the file here.
    const stats = await statsOf(aside);
    if (stats === undefined) return undefined;
    const isIt =
      file.fingerprint.startsWith(`${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:`) &&
      (left === undefined || (await hasContent(aside, file, this.#options.context)));
    // Nobody can open it under its name any more, so that a writer which is not there now never comes.
    if (isIt && !(await this.#isBeingWritten(file, stats))) return aside;
    if (!isIt) this.#tellChanged(file);
    await putBack(aside, path);
    return undefined;
  }

  /** What the file is, if that is what was hashed, and was so for the settle time. */
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

/** Files that settle at the same time. */
const page = 500;
