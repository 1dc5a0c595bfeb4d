/** Scans the whole folder in rounds, and so finds what no event reported. */
import { errnoOf } from '../core/model/errors.ts';
import { pause } from '../support/time/pause.ts';
import type { WatchContext } from './context.ts';
import { FoundIds } from './found-ids.ts';
import type { Intake } from './intake.ts';
import { asideOf } from './done/placing.ts';
import { scan, statsOf, type FoundFile } from './scan.ts';

export interface RoundsOptions {
  readonly context: WatchContext;
  readonly intake: Intake;
  /** Milliseconds between two rounds. */
  readonly interval: () => number;
  /** The folder exists. `identity` changes if another directory took its place. */
  readonly onFolder: (identity: string) => Promise<void>;
  /** The folder does not exist, or cannot be read. It may return. */
  readonly onNoFolder: (errno: string) => Promise<void>;
  readonly afterRound: () => void;
}

/** Milliseconds: the shortest pause before a requested round. */
const shortestPause = 200;
/** Rest in relation to the work: scans take at most a tenth of the time, or a third if rounds are requested. */
const restPerWork = { regular: 9, asked: 2 };
const page = 500;

export class Rounds {
  readonly #options: RoundsOptions;
  #asked = false;
  #hasToldUnasked = false;
  /**
   * Ends a rest. Each round has a new one: signals derived from the watcher's own signal would stay
   * with it until it closes.
   */
  #wake = new AbortController();
  /** Ids of files that the previous round did not find. */
  #missing: ReadonlySet<number> = new Set();

  constructor(options: RoundsOptions) {
    this.#options = options;
    options.context.signal.addEventListener('abort', () => this.#wake.abort(), { once: true });
  }

  /** Requests a round now, before its regular time. */
  soon(): void {
    this.#asked = true;
    this.#wake.abort();
  }

  /** Runs rounds until the watcher closes. */
  async run(): Promise<void> {
    const { signal } = this.#options.context;
    while (!signal.aborted) {
      this.#asked = false;
      this.#wake = new AbortController();
      const work = await this.#round();
      this.#options.afterRound();
      await this.#rest(work);
    }
  }

  async #rest(work: number): Promise<void> {
    const { interval, context } = this.#options;
    const asked = Math.max(shortestPause, restPerWork.asked * work);
    const regular = Math.max(interval(), restPerWork.regular * work);
    await pause(Math.min(asked, regular), context.signal);
    if (this.#asked) return;
    await pause(regular - asked, this.#wake.signal);
  }

  /** Gives the milliseconds of work, without the time that it waited for room. */
  async #round(): Promise<number> {
    const { context, onFolder, onNoFolder } = this.#options;
    const start = performance.now();
    let waited = 0;
    try {
      const folder = await statsOf(context.scope.folder);
      if (folder?.isDirectory() !== true) {
        await onNoFolder('ENOENT');
        return 0;
      }
      await onFolder(`${folder.dev}:${folder.ino}`);
      waited = await this.#look();
    } catch (error) {
      const errno = errnoOf(error) ?? '';
      if (!/^E[A-Z0-9]+$/.test(errno)) throw error;
      await onNoFolder(errno);
    }
    return performance.now() - start - waited;
  }

  async #look(): Promise<number> {
    const { context, intake } = this.#options;
    const { scope, teller, signal } = context;
    const found = new FoundIds();
    let waited = 0;
    const onFile = async ({ path, stats }: FoundFile): Promise<void> => {
      const before = performance.now();
      await intake.room();
      waited += performance.now() - before;
      const id = await intake.notice(path, stats);
      if (id !== undefined) found.add(id);
    };
    const onSkipped = (path: string, why: string): void =>
      teller.warn(
        scope.absolute(path),
        `${JSON.stringify(path)} in ${scope.folder} is passed over: ${why}`,
        'Rename it, mend its permissions, or put a regular file in its place.',
      );
    const unasked = { first: '', count: 0 };
    const countUnasked = (path: string): void => {
      if (unasked.count === 0) unasked.first = path;
      unasked.count += 1;
    };
    const onUnasked = this.#hasToldUnasked ? undefined : countUnasked;
    const whole = await scan({ scope, onFile, onSkipped, onUnasked, signal });
    this.#tellUnasked(unasked);
    if (whole) await this.#forgetMissing(found);
    return waited;
  }

  /** Tells once that files are ignored, because their owner may expect them to count. */
  #tellUnasked({ first, count }: { readonly first: string; readonly count: number }): void {
    if (count === 0) return;
    this.#hasToldUnasked = true;
    const { scope, teller } = this.#options.context;
    const which = count === 1 ? 'is' : `and ${count - 1} more are`;
    teller.warn(
      scope.folder,
      `${JSON.stringify(first)} ${which} ignored: the pattern is ${scope.pattern}`,
      'If they are meant, name another pattern.',
    );
  }

  /**
   * Forgets files that two rounds in a row did not find: between the two halves of an editor's save the file does not
   * exist. An empty folder forgets none, because it may be the mount point of an absent mount.
   */
  async #forgetMissing(found: FoundIds): Promise<void> {
    const { seen, scope, signal, backoff } = this.#options.context;
    const missing = new Set<number>();
    for (let after = 0; found.size > 0 && !signal.aborted;) {
      const files = await backoff.persist(() => seen.resting(page, after));
      for (const file of files) {
        after = file.id;
        if (found.has(file.id)) continue;
        const path = scope.absolute(file.path);
        if ((await statsOf(path)) !== undefined) continue;
        // Not missing: it lies under its hidden name, to be cleared. Only its row tells which file that is.
        if ((await statsOf(asideOf(path, file.run_id))) !== undefined) continue;
        if (this.#missing.has(file.id)) await backoff.persist(() => seen.forget(file));
        else missing.add(file.id);
      }
      if (files.length < page) break;
    }
    this.#missing = missing;
  }
}
