/**
 * Runs jobs in a loop: claim, attempt, settle. At most `concurrency` runners run at a time. The worker sleeps while nothing is
 * due, and wakes when the queue changes, an attempt ends or a retry is due. Longer than other files, because one loop decides what
 * begins, what ends and when nothing is left.
 */
import type { RetryPolicy } from '../../model/job/retry-policy.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { heldAlive } from '../../../support/held-alive.ts';
import type { Logger } from '../../../support/logger.ts';
import type { RunningJob } from '../../model/job/job.ts';
import type { PointerStore } from '../../ports/pointer-store.ts';
import type { ClaimScope } from '../../ports/jobs/job-queue.ts';
import type { AttemptServices } from './attempt.ts';
import { catchUp } from '../../publication/track-pointer.ts';
import { liveIn } from '../../publication/live-attempts.ts';
import type { WriteProbe } from '../../ports/write-probe.ts';
import { isCabError, type CabError } from '../../model/errors.ts';
import type { LightEntries } from '../../ports/light-entries.ts';
import { ShortRoad } from './outcome/short-road.ts';
import { MissingRunners } from './missing-runners.ts';
import { Outage } from './outage.ts';
import { sleep } from './sleep.ts';
import { RunningAttempt } from './running-attempt.ts';
import { SharedStamps } from './shared-stamps.ts';
import { KeyedMutex } from '../../../support/keyed-mutex.ts';

export interface WorkerOptions extends Omit<
  AttemptServices,
  'onProgress' | 'onOutput' | 'onLeftRunning' | 'onRan' | 'lightUpTo' | 'stamps'
> {
  /** As `Stores`. */
  readonly light?: LightEntries | undefined;
  /** As `ShortRoadOptions`. */
  readonly inlineBytes?: number | undefined;
  readonly pointers: PointerStore;
  readonly probe: WriteProbe;
  readonly scope: ClaimScope;
  readonly concurrency: number;
  /** As `JobKinds.limits`. */
  readonly limits: ReadonlyMap<string, number>;
  readonly retries?: Partial<RetryPolicy>;
  /** The most jobs that it begins; undefined: any number. */
  readonly mostJobs?: number | undefined;
  readonly logger: Logger;
}

/** The pause after a turn that failed, in milliseconds. */
const pauseMs = 1000;

/** The longest sleep, in milliseconds. The lease of a worker on another machine can run out without any change to see. */
const longestSleepMs = 5000;

/**
 * The most attempts whose runner has ended and whose result is not yet on disk. They do not count for `concurrency`, which
 * limits the runners only. The more results are flushed together, the less each waits.
 */
const mostPublishing = 64;

/** Places become free one by one, and each claim is a commit. So a claim waits this long for more free places. */
const gatherMs = 5;

export class Worker {
  readonly #options: WorkerOptions;
  /** The running attempts, by job and epoch: an attempt that lost its lease may still run when the job is claimed again. */
  readonly #running = new Map<string, RunningAttempt>();
  /** How many of them have a runner that has not ended. */
  #computing = 0;
  #begun = 0;
  /** The same, by kind. */
  readonly #ofKind = new Map<string, number>();
  readonly #turns = new KeyedMutex();
  readonly #stamps = new SharedStamps();
  readonly #outage: Outage;
  readonly #missing: MissingRunners;
  readonly #shortRoad: ShortRoad | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #stopping = false;
  #isPaused = false;
  #isGraceOver = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;
  #loop: Promise<void> | undefined;
  #idleWaiters: (() => void)[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#outage = new Outage(options.probe, options.logger);
    this.#missing = new MissingRunners(options);
    this.#shortRoad = ShortRoad.on(options);
  }

  /** Rejects if the loop cannot go on. Idempotent. */
  start(): Promise<void> {
    return (this.#loop ??= this.#run());
  }

  /** A paused worker takes no job. What runs goes on, and jobs of dead processes are released. */
  setPaused(paused: boolean): void {
    this.#isPaused = paused;
    this.#wake();
  }

  /** How many jobs it has begun. */
  get begun(): number {
    return this.#begun;
  }

  /** Resolves when no job of the scope is pending or running, or when this worker begins no more and none runs here. */
  async idle(): Promise<void> {
    const idle = new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    this.#wake();
    await heldAlive(Promise.race([idle, this.start()]));
  }

  /** Takes no more jobs, gives running ones `graceMs` to end, and returns the rest to the queue. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#wake();
    const timer = setTimeout(() => {
      this.#isGraceOver = true;
      for (const attempt of this.#running.values()) attempt.release();
    }, graceMs);
    try {
      await this.#loop;
    } finally {
      clearTimeout(timer);
    }
  }

  async #run(): Promise<void> {
    const { store, scope } = this.#options;
    const unsubscribe = store.onChange(() => this.#wake());
    const beat = setInterval(() => {
      for (const attempt of this.#running.values()) attempt.heartbeat(scope.lease_ms);
    }, scope.lease_ms / 3).unref();
    try {
      await this.#takeUpLeft();
      await store.reap();
      await this.#sweepAfter(this.#sweeping);
      while (!this.#stopping) await this.#persist();
    } finally {
      unsubscribe();
      await Promise.allSettled([...this.#running.values()].map(({ ended }) => ended));
      await this.#sweeping;
      await this.#shortRoad?.close();
      clearInterval(beat);
      this.#resolveIdle();
    }
  }

  /** The failure may pass (a locked store, no free file descriptor), and running attempts must be awaited anyway. */
  async #persist(): Promise<void> {
    try {
      await this.#turn();
    } catch (error) {
      if (this.#failure !== undefined || this.#running.size === 0) throw error;
      this.#options.logger.warn({ err: error }, 'no job could be claimed; trying again');
      await heldAlive(sleep(new Promise((resolve) => (this.#wake = resolve)), pauseMs));
    }
  }

  async #turn(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { store } = this.#options;
    const changed = new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#running.size > 0 && this.#free() < this.#options.concurrency / 2) {
      await delay(gatherMs);
      if (this.#stopping) return;
    }
    const free = this.#free();
    const claimed = free > 0 ? await this.#claim(free) : [];
    for (const job of claimed) this.#begin(job);
    if (free > 0 && claimed.length === free) return;
    await this.#obeyCancels();
    const due = await store.nextDue(this.#missing.scope());
    const isSpent = this.#begun >= (this.#options.mostJobs ?? Infinity);
    if ((due === undefined || isSpent) && this.#running.size === 0) this.#resolveIdle();
    // A job that is due but was not claimed waits for its key or for a free place. The change that frees it wakes the worker.
    const ms = due === undefined || due === 0 ? longestSleepMs : Math.min(due, longestSleepMs);
    const sleeping = sleep(changed, ms);
    // An idle worker does not keep the process alive.
    await (due === undefined && this.#running.size === 0 ? sleeping : heldAlive(sleeping));
  }

  async #claim(free: number): Promise<readonly RunningJob[]> {
    const { store, scope } = this.#options;
    await this.#takeUpLeft();
    if ((await store.reap()).length > 0) this.#sweeping = this.#sweepAfter(this.#sweeping);
    if (this.#isPaused) return [];
    // A command has one job to wait for, and says soon what is wrong.
    if (scope.reach === 'all' && (await this.#outage.lasts())) return [];
    return store.claim({ ...this.#missing.scope(), room: this.#room() }, free);
  }

  /** If a disk is full, what dead workers left stays for the next turn. */
  async #takeUpLeft(): Promise<void> {
    try {
      await this.#shortRoad?.clearUp();
    } catch (error) {
      if (!isCabError(error)) throw error;
      this.#options.logger.warn({ err: error }, 'entries that a dead worker kept are not written');
    }
  }

  #room(): ReadonlyMap<string, number> {
    const { limits } = this.#options;
    return new Map(
      [...limits].map(([kind, limit]) => [kind, limit - (this.#ofKind.get(kind) ?? 0)]),
    );
  }

  /** Counts a runner that begins or ends. */
  #count({ kind }: RunningJob['spec'], step: 1 | -1): void {
    this.#computing += step;
    if (kind !== undefined) this.#ofKind.set(kind, (this.#ofKind.get(kind) ?? 0) + step);
  }

  /** Runs beside jobs: a process that ignores signals takes seconds to end. Never rejects: the next worker sweeps too. */
  async #sweepAfter(earlier: Promise<void>): Promise<void> {
    await earlier;
    try {
      await this.#clearUp();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'what a dead worker left could not be removed');
    }
  }

  /** Cleans up after dead processes: removes what they left, and moves pointers that they had still to move. */
  async #clearUp(): Promise<void> {
    const { store, pointers, workspace, logger } = this.#options;
    await workspace.sweep(liveIn(store));
    await catchUp(pointers, store, logger);
  }

  #free(): number {
    const { concurrency, mostJobs = Infinity } = this.#options;
    return Math.min(
      mostJobs - this.#begun,
      concurrency - this.#computing,
      concurrency + mostPublishing - this.#running.size,
    );
  }

  #begin(job: RunningJob): void {
    const { workspace, logger } = this.#options;
    logger.debug({ job: job.id, attempt: job.attempts }, 'job started');
    const isAlone = (): boolean => this.#running.size === 1;
    const onFailure = (error: CabError): void => this.#outage.noteFailure(error);
    const leavesToOthers = (error: CabError): boolean => this.#missing.note(job, error);
    const options = {
      ...{ ...this.#options, turns: this.#turns, shortRoad: this.#shortRoad },
      stamps: this.#stamps,
      ...{ isAlone, onFailure, leavesToOthers },
    };
    const attempt = new RunningAttempt(job, options, async () => {
      // Processes of the job's earlier attempt may still run.
      if (job.attempts > 1) await workspace.endProcesses(job.id, job.attempts - 1);
    });
    const name = nameOf(job);
    this.#running.set(name, attempt);
    this.#begun += 1;
    this.#count(job.spec, 1);
    // The grace ended while this job was being claimed, so it was not released with the others.
    if (this.#isGraceOver) attempt.release();
    void attempt.ran.then(() => {
      this.#count(job.spec, -1);
      this.#wake();
    });
    const leave = (): void => {
      this.#running.delete(name);
      this.#wake();
    };
    attempt.ended.then(leave, (error: unknown) => {
      // If the store cannot take one outcome, it can take no other: going on would run jobs for nothing.
      this.#failure = { error };
      leave();
    });
  }

  async #obeyCancels(): Promise<void> {
    if (this.#running.size === 0) return;
    for (const job of await this.#options.store.canceling())
      this.#running.get(nameOf(job))?.cancel();
  }

  #resolveIdle(): void {
    for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }
}

const nameOf = ({ id, epoch }: Pick<RunningJob, 'id' | 'epoch'>): string => `${id} ${epoch}`;
