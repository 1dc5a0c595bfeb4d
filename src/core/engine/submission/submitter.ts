import { CabError, isCabError } from '../../model/errors.ts';
import type { EntryStore } from '../../ports/entry-store.ts';
import type { PointerStore } from '../../ports/pointer-store.ts';
import { failpoint } from '../../../support/failpoints.ts';
import type { Explanation } from '../../model/job/explanation.ts';
import type { Job, Owner } from '../../model/job/job.ts';
import type { SubmitRequest } from '../../model/request/submit-request.ts';
import type { PathFence } from '../../../support/paths/path-fence.ts';
import type { JobKinds, KindOrder } from '../../ports/job-kinds.ts';
import type { NewJob } from '../../ports/jobs/job-queue.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Moment } from '../../ports/jobs/retention.ts';
import { RecentMoment } from './recent-moment.ts';
import type { LazyJobStore } from '../../ports/jobs/lazy-job-store.ts';
import type { Acceptance, Prepared, PrepareOptions } from './acceptance.ts';
import type { Admitted } from './keeping.ts';
import { explained } from './explanation/explained.ts';
import { InFlight } from './in-flight.ts';
import { follow } from '../../publication/track-pointer.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { findHitAnywhere } from '../exchange/hit-anywhere.ts';
import { onceReleased } from '../../publication/once-released.ts';
import { QueueLimit } from './queue-limit.ts';

export interface SubmitterOptions {
  readonly acceptance: Acceptance;
  readonly entries: EntryStore;
  readonly pointers: PointerStore;
  readonly jobs: LazyJobStore;
  /** The process that will run the submitted jobs, or null if any worker may. */
  readonly submitter: Owner | null;
  readonly maxAttempts: number;
  readonly queueLimit: number;
  /** Undefined: there is no upstream. */
  readonly exchange?: Exchange | undefined;
  /** Undefined: the configuration names no kind of job. */
  readonly kinds?: JobKinds | undefined;
}

/** Options of one submission. */
export interface SubmitAs {
  /** What happens if the content cannot succeed: an error (the default), or a job that has ended. */
  readonly refusal?: 'error' | 'job' | undefined;
  /** Set if it differs from the broker's. */
  readonly artifactName?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** As `PrepareOptions`. */
  readonly fence?: PathFence | undefined;
  readonly isKept?: boolean | undefined;
  readonly kind?: string | undefined;
  readonly declares?: boolean | undefined;
  readonly database?: string | undefined;
}

/** Features that were sent are a part of the request: if they are not JSON, the request is invalid and gets no job. */
const isForJob = (error: CabError, request: SubmitRequest): boolean =>
  error.isAboutContent && !(error.code === 'invalid_json' && isTextSent(request));

const isTextSent = ({ features_text, features_digested }: SubmitRequest): boolean =>
  features_text !== undefined || features_digested?.isText === true;

/** Takes jobs in: a hit is done at once, a miss goes into the queue. */
export class Submitter {
  readonly #options: SubmitterOptions;
  readonly #overflow: QueueLimit;
  readonly #calls = new InFlight();
  readonly #moment = new RecentMoment();

  constructor(options: SubmitterOptions) {
    this.#options = options;
    this.#overflow = new QueueLimit(options.queueLimit);
  }

  /** Rejects with the signal's reason if it is aborted before the job is committed; after that the signal has no effect. */
  submit(request: SubmitRequest, runner: string, options: SubmitAs = {}): Promise<Job> {
    return this.#calls.during(async (signal) => {
      const order = await this.#ordered(request, runner, { ...options, signal });
      const take = () => this.#taken(order.request, order.runner, { ...order.options, signal });
      return onceReleased(take, signal);
    }, options.signal);
  }

  /** A request for a kind of job, as the kind completes it; any other as it is. */
  async #ordered<T extends Pick<PrepareOptions, 'fence' | 'kind'>>(
    request: SubmitRequest,
    runner: string,
    options: T & { readonly signal: AbortSignal },
  ): Promise<KindOrder & { readonly options: T }> {
    const { job } = request;
    if (job === undefined) return { request, runner, options };
    const { kinds, jobs } = this.#options;
    if (kinds === undefined) throw noKinds(job);
    const { fence, signal } = options;
    const memory = await jobs.existing();
    const order = await kinds.order({ ...request, job }, { memory, fence, signal });
    const { database } = order;
    return { ...order, options: { ...options, kind: job, declares: true, database } };
  }

  /** Takes nothing more, and waits for running calls; hashing that takes longer than `graceMs` is aborted. */
  close(graceMs: number): Promise<void> {
    return this.#calls.close(graceMs);
  }

  async #taken(request: SubmitRequest, runner: string, options: SubmitAs): Promise<Job> {
    try {
      return await this.#submit(request, runner, options);
    } catch (error) {
      if (options.refusal !== 'job' || !isCabError(error) || !isForJob(error, request)) throw error;
      return this.#refuse(request, runner, options, error);
    }
  }

  async #submit(request: SubmitRequest, runner: string, options: SubmitAs): Promise<Job> {
    const { acceptance, pointers, jobs } = this.#options;
    const store = await jobs.existing();
    // This comes before an input is kept, which would create the folders of a moved root again at the old place.
    await store?.assertInPlace();
    const lookedSince = await this.#moment.in(store);
    const prepared = await acceptance.prepare(request, runner, store, options);
    const job = await this.#accept(prepared, request, lookedSince, options.signal);
    failpoint('job.accepted');
    const { track_id } = prepared.spec;
    if (job.state === 'done' && track_id !== null)
      await follow(track_id, job.id, pointers, await jobs.made());
    return job;
  }

  /** A job that has ended without an attempt, because none could succeed. */
  async #refuse(
    request: SubmitRequest,
    runner: string,
    options: SubmitAs,
    error: CabError,
  ): Promise<Job> {
    const { acceptance, jobs, maxAttempts } = this.#options;
    const known = await jobs.existing();
    const lookedSince = await this.#moment.in(known);
    const outlined = await acceptance.outline(request, runner, known, options);
    const { code, message, hint, details } = error;
    return this.#commit(await jobs.made(), {
      ...outlined,
      priority: request.priority ?? 0,
      max_attempts: request.max_attempts ?? maxAttempts,
      submitter: null,
      hit: null,
      refusal: { code, message, hint, details },
      lookedSince,
    });
  }

  async #accept(
    prepared: Prepared,
    request: SubmitRequest,
    lookedSince: Moment,
    signal?: AbortSignal,
  ): Promise<Job> {
    const { acceptance, entries, exchange, jobs, submitter, maxAttempts } = this.#options;
    const places = { entries, exchange };
    const hit = prepared.spec.force
      ? undefined
      : await findHitAnywhere(prepared.spec, places, await jobs.existing(), signal);
    const admitted: Admitted =
      hit === undefined ? await acceptance.admit(prepared) : { spec: prepared.spec };
    const store = await jobs.made();
    if (hit === undefined) await this.#overflow.refuse(store);
    signal?.throwIfAborted();
    return this.#commit(store, {
      spec: admitted.spec,
      input: admitted.input,
      priority: request.priority ?? 0,
      max_attempts: request.max_attempts ?? maxAttempts,
      submitter,
      hit: hit ?? null,
      lookedSince,
    });
  }

  async #commit(store: JobStore, job: NewJob): Promise<Job> {
    const [accepted] = await store.submit([job]);
    if (accepted === undefined) throw new TypeError('a job store accepted a job and did not tell');
    return accepted;
  }

  explain(
    request: SubmitRequest,
    runner: string,
    options: PrepareOptions = {},
  ): Promise<Explanation> {
    return this.#calls.during(async (signal) => {
      const order = await this.#ordered(request, runner, { ...options, signal });
      const asked = { ...order.options, signal };
      return explained(order.request, order.runner, asked, this.#options);
    }, options.signal);
  }
}

const noKinds = (job: string): CabError =>
  new CabError('invalid_request', `job: there is no kind of job ${JSON.stringify(job)}`, {
    hint: 'Kinds of job stand in cab.config.json, under jobs. This process read none.',
    details: { field: 'job' },
  });
