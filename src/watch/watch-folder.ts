/**
 * Watches a folder whose files are submitted as they appear. The system's events are hints. The table of seen files
 * decides what to submit. A scan of the whole folder, at the start and at intervals, finds what no event reported.
 */
import { setMaxListeners } from 'node:events';
import { Backoff } from './backoff.ts';
import { Teller, type WatchContext } from './context.ts';
import { DoneFiles } from './done/done-files.ts';
import { EventSource } from './events/event-source.ts';
import { Following } from './following.ts';
import { Intake } from './intake.ts';
import { folderPlaceOf, type FolderPlace } from './folder-place.ts';
import { Rounds } from './rounds.ts';
import { FileFilter } from './file-filter.ts';
import type { SeenFiles } from '../core/ports/seen-files.ts';
import { findRun, type Submitted } from './submission.ts';
import type { Watcher, WatchFailure, WatchOptions, WatchStatus } from './watcher.ts';
import { isError } from '../core/model/errors.ts';

/**
 * Starts to watch. Resolves once the watcher holds the folder, before the first scan.
 * @throws CabError input_not_found, input_not_file; usage if the pattern is invalid, or if done files would be moved
 * to the folder itself; what `openSeen` throws
 */
export async function watchFolder(options: WatchOptions): Promise<Watcher> {
  const places = await folderPlaceOf(options);
  const seen = await options.openSeen(places.folder);
  return new FolderWatcher(places, seen, options);
}

/** Number of hints after which events may have been lost: the kernel keeps some thousands for each reader. */
const burst = 1000;

class FolderWatcher implements Watcher {
  readonly folder: string;
  readonly ended: Promise<void>;
  readonly #context: WatchContext;
  readonly #stop = new AbortController();
  readonly #events: EventSource;
  readonly #intake: Intake;
  readonly #following: Following;
  readonly #done: DoneFiles;
  readonly #rounds: Rounds;
  #failure: Error | undefined;
  #hints = 0;

  constructor(places: FolderPlace, seen: SeenFiles, options: WatchOptions) {
    this.folder = places.folder;
    // Every job that is waited for adds a listener.
    setMaxListeners(0, this.#stop.signal);
    const context = contextOf(places, seen, options, this.#stop.signal);
    const onError = (error: unknown): void => this.#fail(error);
    this.#context = context;
    const { onDone = { do: 'keep' }, settleMs } = options;
    this.#done = new DoneFiles({ context, onDone, settleMs, onError });
    this.#intake = new Intake({
      context,
      settleMs,
      parallel: options.parallel ?? 64,
      capacity: options.capacity ?? 4096,
      onSubmitted: (submitted) => this.#submitted(submitted),
      onError,
    });
    this.#following = new Following({
      context,
      onDone: (file) => void this.#done.clear(file),
      onUnclear: async (path) => this.#intake.hint(path),
      onError,
    });
    this.#events = new EventSource({
      ...options,
      scope: context.scope,
      teller: context.teller,
      onPath: (path) => this.#hint(path),
      onTree: () => this.#rounds.soon(),
    });
    this.#rounds = new Rounds({
      context,
      intake: this.#intake,
      interval: () => this.#events.interval(options.rescanMs),
      onFolder: (identity) => this.#events.watch(identity),
      onNoFolder: (errno) => this.#gone(errno),
      afterRound: () => this.#done.clearAll(),
    });
    this.ended = this.#run();
    // Without this, a failure would end the process if nobody awaits `ended`. Those who await it
    // still get the failure.
    this.ended.catch(() => undefined);
    options.signal?.addEventListener('abort', () => this.#stop.abort(), { once: true });
    if (options.signal?.aborted === true) this.#stop.abort();
  }

  async status(): Promise<WatchStatus> {
    const { submitting, submitted, done, failed } = await this.#context.seen.counts();
    return {
      mode: this.#events.mode,
      waiting: Math.max(this.#intake.size, submitting),
      running: submitted,
      done: done + this.#done.cleared,
      failed,
    };
  }

  async failures(limit = 1000): Promise<readonly WatchFailure[]> {
    const files = await this.#context.seen.list('failed', limit);
    return files.map(({ path, job_id, error }) => ({
      path: this.#context.scope.absolute(path),
      job_id,
      error: error ?? '',
    }));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.ended.catch(() => undefined);
  }

  async #run(): Promise<void> {
    try {
      await this.#recover();
      this.#following.fill();
      await this.#rounds.run();
    } catch (error) {
      this.#fail(error);
    }
    await this.#events.close();
    await this.#intake.close();
    await this.#following.close();
    await this.#done.close();
    await this.#context.seen.close();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Settles what an earlier watcher left unclear, and forgets refused files, because the reason may be gone. */
  async #recover(): Promise<void> {
    const { seen, broker, backoff } = this.#context;
    for (;;) {
      const [intent] = await backoff.persist(() => seen.list('submitting', 1));
      if (intent === undefined) break;
      const job = await backoff.persist(() => findRun(broker, intent));
      if (job === undefined) await backoff.persist(() => seen.forget(intent));
      else await this.#submitted({ intent, job });
    }
    await backoff.persist(() => seen.forgetRefused());
  }

  /** The job was accepted. */
  async #submitted({ intent, job }: Submitted): Promise<void> {
    const { seen, backoff, teller, scope } = this.#context;
    const { path, run_id } = intent;
    const { job_id, source_hash } = job;
    await backoff.persist(() =>
      seen.settle({ path, run_id, state: 'submitted', job_id, source_hash }),
    );
    teller.tell({ type: 'submitted', path: scope.absolute(path), job });
    if (job.status === 'pending' || job.status === 'running') this.#following.fill();
    else await this.#following.conclude(intent, job);
  }

  #hint(path: string): void {
    const file = this.#context.scope.fileOf(path);
    if (file === undefined) return;
    this.#hints += 1;
    if (this.#hints % burst === 0 || this.#intake.isFull) this.#rounds.soon();
    if (!this.#intake.isFull) this.#intake.hint(file);
  }

  async #gone(errno: string): Promise<void> {
    this.#context.teller.warn(
      this.folder,
      `the folder ${this.folder} cannot be read (${errno})`,
      'Watching goes on, and finds it when it is there again.',
    );
    await this.#events.close();
  }

  #fail(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#failure = isError(error) ? error : new Error(String(error));
    this.#stop.abort();
  }
}

function contextOf(
  { folder, exclude }: FolderPlace,
  seen: SeenFiles,
  options: WatchOptions,
  signal: AbortSignal,
): WatchContext {
  const { broker, pattern, recursive, track, readySuffix } = options;
  const teller = new Teller(options.onEvent ?? (() => undefined));
  return {
    broker,
    seen,
    teller,
    signal,
    scope: new FileFilter({ folder, pattern, recursive, readySuffix, exclude }),
    track,
    request: options.request ?? {},
    fence: options.fence,
    backoff: new Backoff(signal, ({ message, hint }) => teller.warn(folder, message, hint)),
  };
}
