import { jobStates, type Job, type JobState, type Owner } from '../../../core/model/job/job.ts';
import type { JobEvent } from '../../../core/model/job/job-event.ts';
import type { JobFailure, JobSpec } from '../../../core/model/job/job.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import type { Moment } from '../../../core/ports/jobs/retention.ts';
import type { TrackStep } from '../../../core/model/entry/pointer.ts';
import type { IdMaker } from '../../../support/ascending-ids.ts';
import { Listeners } from '../../../support/listeners.ts';
import { systemClock, type Clock } from '../../../support/process/clock.ts';
import { isAlive, type Liveness } from '../../../support/process/owner.ts';

export interface StoredJob {
  readonly job: Job;
  /** Counts the submissions: a later one has a greater number. */
  readonly seq: number;
  /** The process that submitted the job, if it is the one that will run it. */
  readonly submitter: Owner | null;
  readonly epoch: number;
  /** When the delay of a pending job is over, by the monotonic clock; null if it has none. */
  readonly due: number | null;
  /** When the lease of a running job runs out, by the monotonic clock. */
  readonly leaseUntil: number;
  /** Why the previous attempt failed. */
  readonly failure: JobFailure | null;
  readonly input: string | undefined;
}

/** The latest condemnation of one thing. */
export interface StoredCondemnation {
  readonly at: Moment;
  readonly owner: Owner;
  /** When it counts as released, by the monotonic clock; null if it was released. */
  readonly until: number | null;
}

export interface QueueOptions {
  readonly clock?: Clock;
  /** Tells whether a process still runs. If not given, the system is asked. */
  readonly isAlive?: (owner: Owner) => Liveness;
}

/**
 * The jobs of one process. They are lost when it ends. Several job stores may share one queue, as processes share a
 * file. Each change is made within one turn of the event loop, which makes it a transaction.
 */
export class MemoryQueue {
  readonly clock: Clock;
  readonly isAlive: (owner: Owner) => Liveness;
  /** By track, then by job. */
  readonly history = new Map<string, Map<string, TrackStep>>();
  /** By job: the track whose pointer is still to be checked. */
  readonly trailing = new Map<string, string>();
  /** By `formatKey` of the predicted key: the actual key. */
  readonly aliases = new Map<string, EntryKey>();
  /** By `removableName`: the latest condemnation. */
  readonly condemned = new Map<string, StoredCondemnation>();
  /** The latest condemnation. */
  moment: Moment = 0;
  /** The latest condemnation that was forgotten. */
  forgotten: Moment = 0;
  /** The latest digest of each path. */
  readonly digests = new Map<string, { readonly fingerprint: string; readonly digest: string }>();
  /** In the order of `seq`. */
  events: JobEvent[] = [];
  lastEvent = 0;
  lastSeq = 0;
  /** In the order of submission. */
  readonly #jobs = new Map<string, StoredJob>();
  readonly #ids: Record<JobState, Set<string>>;
  readonly #listeners = new Listeners();
  #lastId: string | undefined;

  constructor(options: QueueOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.isAlive = options.isAlive ?? isAlive;
    this.#ids = {
      pending: new Set(),
      running: new Set(),
      done: new Set(),
      error: new Set(),
      canceled: new Set(),
    };
  }

  now(): string {
    return this.clock.now().toISOString();
  }

  get(id: string): StoredJob | undefined {
    return this.#jobs.get(id);
  }

  /** The earliest submission first. */
  all(): IterableIterator<StoredJob> {
    return this.#jobs.values();
  }

  /** Jobs in this state, in no order. */
  in(state: JobState): StoredJob[] {
    return [...this.#ids[state]].flatMap((id) => this.#jobs.get(id) ?? []);
  }

  count(state: JobState): number {
    return this.#ids[state].size;
  }

  put(stored: StoredJob): void {
    const { id, state } = stored.job;
    for (const each of jobStates) this.#ids[each].delete(id);
    this.#ids[state].add(id);
    this.#jobs.set(id, stored);
    this.changed();
  }

  remove(id: string): void {
    for (const state of jobStates) this.#ids[state].delete(id);
    this.#jobs.delete(id);
    this.changed();
  }

  handOutId(makeId: IdMaker): string {
    return (this.#lastId = makeId(this.#lastId, this.clock.now().getTime()));
  }

  /** Ids that are handed out from now on are greater than one that was made elsewhere. */
  passId(id: string): void {
    if (this.#lastId === undefined || this.#lastId < id) this.#lastId = id;
  }

  listen(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Calls the listeners once for all changes in a turn of the event loop. */
  changed(): void {
    this.#listeners.call();
  }
}

/** A copy, so that a caller who changes its object later does not change the queue. */
export const copyOf = (spec: JobSpec): JobSpec => structuredClone(spec);

/** The fields that a job has in every state. */
export const baseOf = ({
  id,
  spec,
  priority,
  attempts,
  max_attempts,
  crashes,
  submitted_at,
}: Job) => ({ id, spec, priority, attempts, max_attempts, crashes, submitted_at });
