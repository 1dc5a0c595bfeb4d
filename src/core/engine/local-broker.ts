/**
 * The broker that works in this process, on the stores that it is given. It delegates: submission/acceptance.ts builds a job,
 * submission/submitter.ts takes it in, attempt/worker.ts runs it. Longer than other files, because it has every method of the
 * broker and puts its parts together.
 */
import type {
  Broker,
  EntryOptions,
  EventQuery,
  JobPage,
  JobQuery,
  RetryOptions,
  StatsOptions,
  SubmitOptions,
  WaitOptions,
} from './broker.ts';
import type { LogPiece } from '../model/job/log-piece.ts';
import type { OpenedFile } from '../ports/entry-store.ts';
import type { Held } from '../ports/pointer-store.ts';
import { Acceptance } from './submission/acceptance.ts';
import { EventStreams } from './reading/event-stream.ts';
import { JobReading, noJob } from './reading/job-reading.ts';
import { LoopTurns } from '../../support/loop-turns.ts';
import { publisherOn, type Publisher } from './attempt/outcome/publisher.ts';
import { PredictedEntries, type Bring } from './reading/predicted-entries.ts';
import { checkReady } from './reading/readiness.ts';
import { refuseLost } from '../publication/kept-database.ts';
import { inPlace, resubmission } from '../publication/resubmission.ts';
import { RunnerPool } from './runner-pool.ts';
import { Submitter } from './submission/submitter.ts';
import { Tracks } from './reading/tracks.ts';
import { Waiters } from './reading/waiters.ts';
import { claimScope, LazyWorker } from './attempt/lazy-worker.ts';
import { endAll } from '../../support/end-all.ts';
import { brokerClosed, withinLimit, waitTimeout } from '../../support/time/wait-limit.ts';
import { hashInput } from '../hashing/hash-input.ts';
import type { LocalBrokerOptions } from './local-broker-options.ts';
import { silentLogger } from '../../support/logger.ts';
import type { Explanation } from '../model/job/explanation.ts';
import type { JobExplanation } from '../model/job/job-explanation.ts';
import type { Stats } from '../model/report/stats.ts';
import type { FacetCounts, JobFacets } from '../model/job/facets.ts';
import type { EndedJobDocument, JobDocument } from '../model/job/job-document.ts';
import { isEnded, type Job, type JobCounts } from '../model/job/job.ts';
import type { JobEvent } from '../model/job/job-event.ts';
import type { EntryKey } from '../model/entry/key.ts';
import type { ManyChanged, ManyJobs } from '../model/job/many-jobs.ts';
import type { ManyJobsIn } from './many/many-jobs.ts';
import type { Manifest } from '../model/entry/manifest.ts';
import { pageOf } from '../model/job/page.ts';
import type { Pointer, PointerRecord, TrackList } from '../model/entry/pointer.ts';
import { parseSubmitRequest, type SubmitRequest } from '../model/request/submit-request.ts';
import type { Stores } from '../ports/stores.ts';
import { currentOwner } from '../../support/process/owner.ts';

export class LocalBroker implements Broker {
  readonly #options: LocalBrokerOptions;
  readonly #stores: Stores;
  readonly #predicted: PredictedEntries;
  readonly #reading: JobReading;
  readonly #tracks: Tracks;
  readonly #runners: RunnerPool;
  readonly #submitter: Submitter;
  readonly #publisher: Publisher;
  readonly #worker: LazyWorker;
  readonly #turns = new LoopTurns();
  readonly #streams = new EventStreams(this.#turns);
  readonly #waiters: Waiters;
  readonly #bring: Bring;
  #closed: Promise<void> | undefined;

  constructor(options: LocalBrokerOptions) {
    const { stores, work, exchange, logger = silentLogger } = options;
    const { entries, light, pointers, jobs, inputs, logs, workspace, probe } = stores;
    this.#options = options;
    this.#bring = exchange && ((key, wanted) => exchange.bring(key, wanted));
    this.#stores = stores;
    this.#tracks = new Tracks(pointers, entries, jobs, this.#turns);
    this.#waiters = new Waiters(jobs);
    this.#predicted = new PredictedEntries(entries, jobs);
    this.#reading = new JobReading({
      ...{ jobs, entries, turns: this.#turns },
      manifestOf: (key) => this.#predicted.manifest(key),
    });
    this.#runners = new RunnerPool(options.resolveRunner, options.objects);
    const here = publisherOn(entries, workspace, light);
    this.#publisher = options.publisher?.(here) ?? here;
    const hash = options.hashInput ?? hashInput;
    const acceptance = new Acceptance({
      ...options,
      hashInput: hash,
      runners: this.#runners,
      inputs,
      cwd: options.cwd ?? process.cwd(),
    });
    this.#submitter = new Submitter({
      ...options,
      acceptance,
      entries,
      pointers,
      jobs,
      submitter: work === 'own' || work === 'adopt' ? currentOwner() : null,
    });
    this.#worker = new LazyWorker({
      ...options,
      logger,
      ...{ entries, light, pointers, jobs, inputs, logs, workspace, probe },
      hashInput: hash,
      runners: this.#runners,
      publisher: this.#publisher,
      onFailure: (error) => this.#waiters.fail(error),
      limits: options.kinds?.limits ?? new Map(),
      scope: claimScope(work, this.#runners.objects, options),
    });
  }

  async submit(request: SubmitRequest, options: SubmitOptions = {}): Promise<JobDocument> {
    const { runner } = this.#options;
    return this.#taken(await this.#submitter.submit(parseSubmitRequest(request), runner, options));
  }

  async explain(request: SubmitRequest, options: SubmitOptions = {}): Promise<Explanation> {
    return this.#submitter.explain(parseSubmitRequest(request), this.#options.runner, options);
  }

  async job(id: string): Promise<JobDocument> {
    return this.#reading.document(await this.#reading.find(id));
  }

  jobs(query: JobQuery = {}): Promise<JobPage> {
    return this.#reading.jobs(query);
  }

  facets(facets: JobFacets = {}): Promise<FacetCounts> {
    return this.#reading.facets(facets);
  }

  counts(): Promise<JobCounts> {
    return this.#reading.counts();
  }

  stats(since: string, options: StatsOptions = {}): Promise<Stats> {
    return this.#reading.stats(since, options);
  }

  explainJob(id: string): Promise<JobExplanation> {
    return this.#reading.explain(id);
  }

  async wait(id: string, { timeoutMs, signal }: WaitOptions = {}): Promise<EndedJobDocument> {
    await this.#reading.find(id);
    const job = await withinLimit(timeoutMs, signal, (limit) => this.#waiters.wait(id, limit));
    if (job !== undefined) return this.#reading.document(job);
    signal?.throwIfAborted();
    throw waitTimeout(id, timeoutMs ?? 0);
  }

  async cancel(id: string): Promise<JobDocument> {
    const { cancelJob } = await import('./attempt/cancellation.ts');
    const job = await cancelJob(id, this.#stores.workspace, await this.#stores.jobs.existing());
    if (job === undefined) throw noJob(id);
    return this.#reading.document(job);
  }

  async retry(id: string, { fence }: RetryOptions = {}): Promise<JobDocument> {
    const job = await this.#reading.find(id);
    const { inputs, jobs } = this.#stores;
    const text = await (await jobs.existing())?.input(id);
    const currentPlace = (recorded: string): string => inputs.currentPlace(recorded);
    const spec = inPlace(job.spec, currentPlace);
    refuseLost(spec);
    const { input, db_path, db_kept } = spec;
    if (input.kept && text === undefined) await inputs.fetch(input.path);
    const request = resubmission(job, currentPlace, text);
    const { runner, artifact_name: artifactName, kind } = job.spec;
    const options = {
      ...{ artifactName, fence, isKept: input.kept, kind, declares: true },
      // The job has it without naming it, so it may lie outside of the fence.
      ...(db_kept === true && db_path !== null && { database: db_path }),
    };
    return this.#taken(await this.#submitter.submit(request, runner, options));
  }

  async cancelMany(which: ManyJobs): Promise<ManyChanged> {
    const { cancelMany } = await import('./many/many-jobs.ts');
    return cancelMany(which, await this.#many(async (id) => (await this.cancel(id)).job_id));
  }

  async retryMany(which: ManyJobs, options: RetryOptions = {}): Promise<ManyChanged> {
    const { retryMany } = await import('./many/many-jobs.ts');
    const retry = async (id: string) => (await this.retry(id, options)).job_id;
    return retryMany(which, await this.#many(retry));
  }

  async #many(change: (id: string) => Promise<string>): Promise<ManyJobsIn> {
    return { store: await this.#stores.jobs.existing(), turns: this.#turns, change };
  }

  async log(id: string, from = 0, most?: number): Promise<LogPiece> {
    await this.#reading.find(id);
    return this.#stores.logs.read(id, from, most);
  }

  async *events(query: EventQuery = {}): AsyncIterable<JobEvent> {
    if (query.job_id !== undefined) await this.#reading.find(query.job_id);
    yield* this.#streams.follow(await this.#stores.jobs.made(), query);
  }

  async lastEvent(): Promise<number> {
    return (await this.#stores.jobs.existing())?.lastEvent() ?? 0;
  }

  async pointer(track_id: string): Promise<Pointer> {
    return (await this.holdPointer(track_id)).pointer;
  }

  async holdPointer(track_id: string): Promise<Held<Pointer>> {
    return this.#tracks.hold(track_id);
  }

  async history(track_id: string, most?: number): Promise<readonly PointerRecord[]> {
    const { limit } = pageOf({ limit: most });
    return this.#tracks.history(track_id, limit);
  }

  async tracks(): Promise<TrackList> {
    return this.#tracks.all();
  }

  async manifest(key: EntryKey, options?: EntryOptions): Promise<Manifest> {
    return this.#predicted.manifest(key, this.#bring, options);
  }

  async open(key: EntryKey, name?: string, options?: EntryOptions): Promise<OpenedFile> {
    return this.#predicted.open(key, name, this.#bring, options);
  }

  /** Starts to run what is in the queue. Throws runner_not_found, runner_invalid, and what opening the queue throws. */
  async start(): Promise<void> {
    const runner = this.#runners.get(this.#options.runner);
    await runner.identify();
    await runner.prepare?.();
    await this.#worker.start();
  }

  get isPaused(): boolean {
    return this.#worker.isPaused;
  }

  /** Paused, this process takes no job of the queue. Running jobs go on, and submissions are accepted. */
  async setPaused(paused: boolean): Promise<void> {
    await this.#worker.setPaused(paused);
  }

  /** Resolves if a new job could be taken now. Throws as the function of that name in readiness.ts. */
  checkReady(): Promise<void> {
    const { jobs, probe } = this.#stores;
    return checkReady({ jobs, probe, queueLimit: this.#options.queueLimit });
  }

  /** How many jobs this process has begun. */
  begun(): Promise<number> {
    return this.#worker.begun();
  }

  async idle(): Promise<void> {
    if (this.#options.work !== 'none') await this.#worker.idle();
  }

  /** Takes no more jobs, gives running jobs the grace to end, and returns the rest to the queue. Idempotent. */
  stop(): Promise<void> {
    return this.#worker.stop(this.#options.graceMs);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const parts = [this.#runners, this.#publisher, this.#stores];
    await endAll([
      // The worker first: a job that is accepted meanwhile stays in the queue.
      () => Promise.all([this.stop(), this.#submitter.close(this.#options.graceMs)]),
      async () => this.#waiters.fail(brokerClosed()),
      async () => this.#streams.close(brokerClosed()),
      // After the worker, whose last results are sent, and before the stores, from which they are read.
      async () => this.#options.exchange?.close(),
      ...parts.map((part) => () => part.close()),
    ]);
  }

  async #taken(job: Job): Promise<JobDocument> {
    if (!isEnded(job) && this.#options.work !== 'none') await this.#worker.start();
    return this.#reading.document(job);
  }
}
