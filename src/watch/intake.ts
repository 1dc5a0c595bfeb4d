/** Turns a noticed file into a job: waits until the file holds still, then submits it, several at a time. */
import type { BigIntStats } from 'node:fs';
import { fingerprintOf } from '../core/hashing/fingerprint.ts';
import type { WatchContext } from './context.ts';
import { statsIfSeen } from './scan.ts';
import { Settling } from './events/settling.ts';
import { submitFile, type Submitted } from './submission.ts';

export interface IntakeOptions {
  readonly context: WatchContext;
  /** Milliseconds. */
  readonly settleMs: number;
  /** Submissions at a time. Those in progress together share a commit. */
  readonly parallel: number;
  /**
   * Limits the memory: the number of files in progress. At this number a scan waits, and hints are
   * left to the next scan.
   */
  readonly capacity: number;
  readonly onSubmitted: (submitted: Submitted) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #settling: Settling;
  /** Files in progress, each once. The value is true if another hint arrived meanwhile. */
  readonly #active = new Map<string, boolean>();
  readonly #still: { path: string; fingerprint: string }[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #room: (() => void)[] = [];
  #submitting = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#settling = new Settling({
      settleMs: options.settleMs,
      look: (path) => this.#look(path),
      onStill: (path, fingerprint) => {
        this.#still.push({ path, fingerprint });
        this.#pump();
      },
      onGone: (path) => this.#leave(path),
      onError: options.onError,
    });
    // When the watcher closes, files in progress stay there, so they would never make room.
    options.context.signal.addEventListener('abort', () => this.#proceed(), { once: true });
  }

  get size(): number {
    return this.#active.size;
  }

  get isFull(): boolean {
    return this.#active.size >= this.#options.capacity;
  }

  /** Resolves once there is room, or the watcher closes. */
  async room(): Promise<void> {
    const { signal } = this.#options.context;
    while (this.isFull && !signal.aborted)
      await new Promise<void>((resolve) => this.#room.push(resolve));
  }

  /** Called if something happened to a file. */
  hint(path: string): void {
    if (this.#active.has(path)) {
      this.#active.set(path, true);
      return;
    }
    this.#start(async () => {
      const stats = await this.#look(path);
      if (stats !== undefined) await this.notice(path, stats);
    });
  }

  /**
   * Called for a file that counts and exists. Does nothing if the table already has it as it is.
   * Gives the id of its row.
   */
  async notice(path: string, stats: BigIntStats): Promise<number | undefined> {
    if (this.#active.has(path)) {
      this.#active.set(path, true);
      return undefined;
    }
    this.#active.set(path, false);
    const { seen, backoff } = this.#options.context;
    const known = await backoff.persist(() => seen.find(path));
    const asKnown = known?.fingerprint === fingerprintOf(stats) && known.state !== 'submitting';
    if (asKnown) this.#leave(path);
    else this.#settling.add(path, stats);
    return known?.id;
  }

  async close(): Promise<void> {
    await this.#settling.close();
    await Promise.all(this.#running);
  }

  #pump(): void {
    const { parallel, context } = this.#options;
    while (this.#submitting < parallel && !context.signal.aborted) {
      const next = this.#still.shift();
      if (next === undefined) return;
      this.#submitting += 1;
      this.#start(async () => {
        await this.#submit(next.path, next.fingerprint);
        this.#submitting -= 1;
        this.#pump();
      });
    }
  }

  async #submit(path: string, fingerprint: string): Promise<void> {
    const { context, onSubmitted } = this.#options;
    const submitted = await submitFile(path, fingerprint, context);
    if (submitted !== undefined) await onSubmitted(submitted);
    this.#leave(path);
    // After `#leave`, so that a change from here on is noticed.
    const stats = await this.#look(path);
    if (stats !== undefined) await this.notice(path, stats);
  }

  /** A hint that arrived while the file was inspected may mean a change after the inspection. */
  #leave(path: string): void {
    const hinted = this.#active.get(path);
    this.#active.delete(path);
    if (!this.isFull) this.#proceed();
    if (hinted === true) this.hint(path);
  }

  /** Wakes all who wait for room. */
  #proceed(): void {
    for (const proceed of this.#room.splice(0)) proceed();
  }

  /** A failure ends the watcher. `close` waits for work in progress. */
  #start(work: () => Promise<void>): void {
    const { context, onError } = this.#options;
    if (context.signal.aborted) return;
    const run: Promise<void> = work()
      .catch(onError)
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** The file's `stat`; undefined if it does not count, now or yet. */
  async #look(path: string): Promise<BigIntStats | undefined> {
    const { scope } = this.#options.context;
    const stats = await statsIfSeen(scope.absolute(path));
    if (stats?.isFile() !== true) return undefined;
    const marker = scope.markerOf(path);
    if (marker !== undefined && (await statsIfSeen(marker)) === undefined) return undefined;
    return stats;
  }
}
