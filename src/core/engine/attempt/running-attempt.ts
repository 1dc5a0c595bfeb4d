/**
 * Runs one attempt and settles it. Four things can end it from outside: its timeout, a cancellation from any process, the loss
 * of its lease, and the shut-down of its worker. Longer than other files, because each of these may come at every step, and what
 * is done then depends on how far the attempt is.
 */
import type { PointerStore } from '../../ports/pointer-store.ts';
import { CabError } from '../../model/errors.ts';
import { failpoint } from '../../../support/failpoints.ts';
import type { Logger } from '../../../support/logger.ts';
import type { JobFailure, JobResult, RunningJob } from '../../model/job/job.ts';
import type { NewJobEvent, OutputData } from '../../model/job/job-event.ts';
import type { Settlement } from '../../ports/jobs/job-queue.ts';
import { attempt, type AttemptServices, type Outcome } from './attempt.ts';
import type { LightEntry } from '../../ports/made-entry.ts';
import type { ShortRoad } from './outcome/short-road.ts';
import { asCabError, failureOf } from './attempt-failure.ts';
import { advance, followOrTell } from '../../publication/track-pointer.ts';
import type { LeftProcess } from '../../../support/process/left-running.ts';
import { persistently } from './outcome/persistently.ts';
import { nextAttempt } from './retry.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../../model/job/retry-policy.ts';
import type { OutputStream, RunnerProgress } from '../../ports/runner.ts';
import { shortened } from '../../../support/text/shortened.ts';
import type { KeyedMutex } from '../../../support/keyed-mutex.ts';

export type AttemptOptions = Omit<
  AttemptServices,
  'onProgress' | 'onOutput' | 'onLeftRunning' | 'onRan' | 'lightUpTo'
> & {
  /** Undefined: every entry is flushed before its job is done. */
  readonly shortRoad: ShortRoad | undefined;
  readonly pointers: PointerStore;
  readonly logger: Logger;
  readonly turns: KeyedMutex;
  /** As `LocalBrokerOptions`. */
  readonly retries?: Partial<RetryPolicy>;
  /** Whether no other attempt is running. */
  readonly isAlone: () => boolean;
  /** Called with each failure that is no cancellation. Must not throw. */
  readonly onFailure: (error: CabError) => void;
  /** Whether another machine may do better with the job. */
  readonly leavesToOthers: (error: CabError) => boolean;
};

/** `released`: the job goes back to the queue, as if never claimed. `lost`: another worker owns the job now. */
type Withdrawal = 'released' | 'lost';

class Withdrawn extends Error {
  readonly why: Withdrawal;

  constructor(why: Withdrawal) {
    super(`attempt ${why}`);
    this.why = why;
  }
}

const progressIntervalMs = 250;

/** Characters of a progress message, which is one line of a terminal. */
const mostProgress = 1000;

/** How long a settlement waits for others. Each is a commit, and settlements close together share one. Milliseconds. */
const patienceMs = 8;

export class RunningAttempt {
  readonly #job: RunningJob;
  readonly #options: AttemptOptions;
  readonly #abort = new AbortController();
  readonly #began = performance.now();
  #progressAt = 0;
  #left: readonly LeftProcess[] = [];
  /** Resolves when the runner has ended, or when none will be started. Only publication remains. */
  readonly ran: Promise<void>;
  /** Rejects only if the job store could not take the outcome. The job then waits until its lease runs out. */
  readonly ended: Promise<void>;

  constructor(job: RunningJob, options: AttemptOptions, prepare: () => Promise<void>) {
    this.#job = job;
    this.#options = options;
    let onRan = (): void => undefined;
    this.ran = new Promise((resolve) => (onRan = resolve));
    this.ended = this.#run(prepare, onRan).finally(onRan);
    // A caller that awaits `ended` sees the rejection. Without this handler it would end the process if nobody awaits.
    this.ended.catch((error: unknown) =>
      options.logger.error({ job: job.id, err: error }, 'the outcome of a job could not be stored'),
    );
  }

  release(): void {
    this.#abort.abort(new Withdrawn('released'));
  }

  /** Never rejects: if a heartbeat fails, another follows before the lease runs out. */
  heartbeat(leaseMs: number): void {
    this.#options.store.heartbeat(this.#job, leaseMs).then(
      (answer) => {
        if (answer === 'lost') this.#abort.abort(new Withdrawn('lost'));
        if (answer === 'cancel') this.cancel();
      },
      (error: unknown) =>
        this.#options.logger.warn(
          { job: this.#job.id, err: error },
          'a lease could not be renewed',
        ),
    );
  }

  cancel(): void {
    this.#abort.abort(new CabError('canceled', `job ${this.#job.id} was canceled`));
  }

  async #run(prepare: () => Promise<void>, onRan: () => void): Promise<void> {
    const timer = this.#startTimeout();
    const services = {
      ...this.#options,
      onRan,
      onProgress: this.#onProgress,
      onOutput: (type: OutputStream, data: OutputData) =>
        this.#tell({ type, attempt: this.#job.attempts, data }),
      onLeftRunning: this.#onLeftRunning,
      // Alone, it has nobody to share a flush with.
      lightUpTo: () => (this.#options.isAlone() ? undefined : this.#options.shortRoad?.takes),
    };
    let outcome: Outcome;
    try {
      await prepare();
      outcome = await attempt(this.#job, services, this.#abort.signal);
    } catch (error) {
      const reason: unknown = this.#abort.signal.aborted ? this.#abort.signal.reason : error;
      await this.#settleFailure(reason);
      return;
    } finally {
      clearTimeout(timer);
    }
    // Outside of the `try`: the work is done, so the job has not failed if its outcome cannot be stored.
    const { settlement, light } = outcome;
    if (light !== undefined) {
      const result = await this.#finishLight(light);
      if (result !== undefined) this.#options.exchange?.offer(result);
      return;
    }
    await this.#finish(settlement);
    if (settlement.state === 'done' && !settlement.cached)
      this.#options.exchange?.offer(settlement.result);
  }

  #startTimeout(): NodeJS.Timeout | undefined {
    const ms = this.#job.spec.timeout_ms;
    if (ms === null) return undefined;
    return setTimeout(
      () =>
        this.#abort.abort(
          new CabError('timeout', `job ${this.#job.id} ran longer than ${ms / 1000} s`, {
            details: { timeout_s: ms / 1000 },
          }),
        ),
      ms,
    );
  }

  async #settleFailure(reason: unknown): Promise<void> {
    if (reason instanceof Withdrawn) {
      if (reason.why === 'released') await this.#settle({ state: 'release' });
      return;
    }
    const error = asCabError(reason, this.#job);
    if (error.code === 'canceled') return this.#settle({ state: 'canceled' });
    if (this.#options.leavesToOthers(error)) return this.#settle({ state: 'release' });
    this.#options.onFailure(error);
    const failure = this.#withLeft(failureOf(error, this.#job));
    const policy = { ...defaultRetryPolicy, ...this.#options.retries };
    const next = nextAttempt(this.#job, error, policy);
    if (next !== null) return this.#settle({ state: 'retry', failure, ...next });
    return this.#settle({
      state: 'error',
      failure,
      event: error.code === 'timeout' ? 'timeout' : 'failed',
    });
  }

  /** The result, if the job ended with it. After `keep` it does so even if this process dies. */
  async #finishLight(light: LightEntry): Promise<JobResult | undefined> {
    const { shortRoad, turns } = this.#options;
    if (shortRoad === undefined) throw new TypeError('an entry in memory, and no road for it');
    const { track_id } = this.#job.spec;
    try {
      const row = await persistently(`the outcome of job ${this.#job.id}`, () => {
        failpoint('job.settling');
        return shortRoad.keep(this.#job, light, this.#patienceMs());
      });
      failpoint('road.kept');
      if (row === undefined) return undefined;
      const result = await shortRoad.finish(this.#job, row, light, (work) =>
        track_id === null ? work() : turns.take(track_id, work),
      );
      if (result !== undefined) this.#log({ state: 'done', result, cached: false });
      failpoint('job.settled');
      return result;
    } catch (error) {
      await this.#settleFailure(error);
      return undefined;
    }
  }

  /** Jobs of one track take turns, so that its pointer does not jump back and forth between them. */
  #finish(settlement: Settlement): Promise<void> {
    const { store, pointers, turns, logger } = this.#options;
    const { id, spec } = this.#job;
    const track = settlement.state === 'done' ? spec.track_id : null;
    if (settlement.state !== 'done' || track === null) return this.#settle(settlement);
    return turns.take(track, async () => {
      try {
        await advance(track, id, settlement.result, pointers, store);
      } catch (error) {
        await this.#settleFailure(error);
        return;
      }
      await this.#settle(settlement);
      // The job is done even if this fails.
      await followOrTell(track, id, pointers, store, logger);
    });
  }

  /** Stores the outcome. */
  async #settle(settlement: Settlement): Promise<void> {
    const { store } = this.#options;
    const isStored = await persistently(`the outcome of job ${this.#job.id}`, () => {
      if (settlement.state === 'done') failpoint('job.settling');
      return store.settle(this.#job, settlement, this.#patienceMs());
    });
    if (isStored) this.#log(settlement);
    failpoint('job.settled');
  }

  #log(settlement: Settlement): void {
    const { logger } = this.#options;
    const { id, spec } = this.#job;
    const { state: outcome } = settlement;
    const ms = Math.round(performance.now() - this.#began);
    const facts = { job: id, track: spec.track_id, outcome, ms };
    if (settlement.state !== 'error' && settlement.state !== 'retry') {
      logger.info(facts, `job ${outcome}`);
      return;
    }
    const { code, message, hint } = settlement.failure;
    const reason = `${code}: ${message}`;
    if (settlement.state === 'error') logger.warn({ ...facts, reason, hint }, `job ${outcome}`);
    else logger.info({ ...facts, reason, delay_ms: settlement.delay_ms }, `job ${outcome}`);
  }

  /** How long to wait for other settlements: 0 if this attempt is alone, or if the next job of the track waits for it. */
  #patienceMs(): number {
    const { isAlone, turns } = this.#options;
    const track = this.#job.spec.track_id;
    const isAwaited = track !== null && turns.isAwaited(track);
    return isAlone() || isAwaited ? 0 : patienceMs;
  }

  readonly #onLeftRunning = (left: readonly LeftProcess[]): void => {
    this.#left = left;
    const { logger } = this.#options;
    logger.warn({ job: this.#job.id, left }, 'processes of a job were left running');
  };

  #withLeft(failure: JobFailure): JobFailure {
    if (this.#left.length === 0) return failure;
    const left_running = this.#left;
    return { ...failure, details: { ...failure.details, left_running } };
  }

  readonly #onProgress = ({ fraction, message }: RunnerProgress): void => {
    const now = performance.now();
    if (now - this.#progressAt < progressIntervalMs) return;
    this.#progressAt = now;
    const said = message === null ? null : shortened(message, mostProgress);
    void this.#tell({
      type: 'progress',
      attempt: this.#job.attempts,
      data: { fraction, message: said },
    });
  };

  /** Never rejects: an event that cannot be stored is lost, because only the outcome must be stored. */
  async #tell(event: NewJobEvent): Promise<void> {
    const { store, logger } = this.#options;
    try {
      await store.record(this.#job.id, event);
    } catch (error) {
      logger.warn(
        { job: this.#job.id, err: error },
        `an event ${event.type} could not be recorded`,
      );
    }
  }
}
