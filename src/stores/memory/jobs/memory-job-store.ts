/** The job store in memory. Longer than other files, because it has every method of the port; most are one call. */
import type { RememberedDigest } from '../../../core/model/request/digest-memory.ts';
import type { Job, JobCounts, RunningJob } from '../../../core/model/job/job.ts';
import type { JobEvent, NewJobEvent } from '../../../core/model/job/job-event.ts';
import type { JobOutline } from '../../../core/model/job/job-outline.ts';
import { formatKey, sameKey, type EntryKey } from '../../../core/model/entry/key.ts';
import type { Removable } from '../../../core/model/entry/removable.ts';
import type { TrackStep } from '../../../core/model/entry/pointer.ts';
import {
  NoLongerThere,
  type ClaimScope,
  type Heartbeat,
  type NewJob,
  type Settlement,
} from '../../../core/ports/jobs/job-queue.ts';
import type { JobFilter } from '../../../core/ports/jobs/job-records.ts';
import type { JobStore } from '../../../core/ports/jobs/job-store.ts';
import type { MovedJob, Taken } from '../../../core/ports/jobs/job-transfer.ts';
import type { KnownPointer, TrailingTrack } from '../../../core/ports/jobs/track-records.ts';
import type {
  AreGone,
  Condemned,
  Moment,
  Reliances,
  Swept,
  TrackResult,
  TrimRule,
} from '../../../core/ports/jobs/retention.ts';
import { claim, nextDue } from './claims.ts';
import { condemn, forgetReleased, isHeld, release } from './condemnations.ts';
import { events, record } from './events.ts';
import { adopt, caughtUp, forgetTrack, history, trailing } from './history.ts';
import { canceling, heartbeat, reap } from './leases.ts';
import { endedAt, get, list, outlineOf } from './lookups.ts';
import { MemoryQueue } from './memory-queue.ts';
import {
  dropAliases,
  dropDigests,
  dropResults,
  inputsInUse,
  reliances,
  resultsOf,
  trim,
} from './retention.ts';
import { cancel, settle } from './settlements.ts';
import { submit } from './submissions.ts';
import { take } from './transfer.ts';

/** The job store in memory: a handle on a queue, as a process has one on a file. */
export class MemoryJobStore implements JobStore {
  readonly isCopy = false;
  readonly #queue: MemoryQueue;
  readonly #ends = new Set<() => void>();

  constructor(queue: MemoryQueue = new MemoryQueue()) {
    this.#queue = queue;
  }

  async assertWritable(): Promise<void> {
    // Memory is always writable.
  }

  async assertInPlace(): Promise<void> {
    // Memory cannot be moved.
  }

  submit(jobs: readonly NewJob[]): Promise<readonly Job[]> {
    return submit(this.#queue, jobs);
  }

  async take(jobs: readonly MovedJob[]): Promise<readonly Taken[]> {
    return take(this.#queue, jobs);
  }

  async get(id: string): Promise<Job | undefined> {
    return get(this.#queue, id);
  }

  async input(id: string): Promise<string | undefined> {
    return this.#queue.get(id)?.input;
  }

  async list(filter: JobFilter): Promise<readonly Job[]> {
    return list(this.#queue, filter);
  }

  async outlines(filter: JobFilter): Promise<readonly JobOutline[]> {
    return list(this.#queue, filter).map(outlineOf);
  }

  async counts(): Promise<JobCounts> {
    const count = (state: Job['state']): number => this.#queue.count(state);
    return {
      ...{ pending: count('pending'), running: count('running'), done: count('done') },
      ...{ error: count('error'), canceled: count('canceled') },
    };
  }

  async claim(scope: ClaimScope, limit: number): Promise<readonly RunningJob[]> {
    return claim(this.#queue, scope, limit);
  }

  async nextDue(scope: ClaimScope): Promise<number | undefined> {
    return nextDue(this.#queue, scope);
  }

  async heartbeat(job: RunningJob, lease_ms: number): Promise<Heartbeat> {
    return heartbeat(this.#queue, job, lease_ms);
  }

  async settle(job: RunningJob, settlement: Settlement): Promise<boolean> {
    return settle(this.#queue, job, settlement);
  }

  async reap(): Promise<readonly RunningJob[]> {
    return reap(this.#queue);
  }

  async cancel(id: string): Promise<Job | undefined> {
    cancel(this.#queue, id);
    return get(this.#queue, id);
  }

  async canceling(): Promise<readonly Pick<RunningJob, 'id' | 'epoch'>[]> {
    return canceling(this.#queue);
  }

  async history(track_id: string, limit: number): Promise<readonly TrackStep[]> {
    return history(this.#queue, track_id).slice(0, limit);
  }

  async forgetTrack(track_id: string): Promise<void> {
    forgetTrack(this.#queue, track_id);
  }

  adopt(pointers: readonly KnownPointer[]): Promise<void> {
    return adopt(this.#queue, pointers);
  }

  async trailing(): Promise<readonly TrailingTrack[]> {
    return trailing(this.#queue);
  }

  caughtUp(job_ids: readonly string[]): void {
    caughtUp(this.#queue, job_ids);
  }

  async alias(key: EntryKey): Promise<EntryKey | undefined> {
    return this.#queue.aliases.get(formatKey(key));
  }

  async remember(predicted: EntryKey, { config_hash, source_hash }: EntryKey): Promise<void> {
    const actual = { config_hash, source_hash };
    if (isHeld(this.#queue, { entry: actual })) throw new NoLongerThere();
    if (sameKey(predicted, actual)) this.#queue.aliases.delete(formatKey(predicted));
    else this.#queue.aliases.set(formatKey(predicted), actual);
    this.#queue.changed();
  }

  async digests(
    files: readonly Pick<RememberedDigest, 'path' | 'fingerprint'>[],
  ): Promise<readonly (string | undefined)[]> {
    return files.map(({ path, fingerprint }) => {
      const known = this.#queue.digests.get(path);
      return known?.fingerprint === fingerprint ? known.digest : undefined;
    });
  }

  async rememberDigests(remembered: readonly RememberedDigest[]): Promise<void> {
    for (const { path, fingerprint, digest } of remembered)
      this.#queue.digests.set(path, { fingerprint, digest });
    this.#queue.changed();
  }

  async record(job_id: string, event: NewJobEvent): Promise<void> {
    record(this.#queue, job_id, event);
  }

  async events(after: number, limit: number, job_id?: string): Promise<readonly JobEvent[]> {
    return events(this.#queue, after, limit, job_id);
  }

  async check(): Promise<readonly string[]> {
    return [];
  }

  async endedAt(entries: readonly EntryKey[], limit: number): Promise<readonly Job[]> {
    return endedAt(this.#queue, entries, limit);
  }

  async lastEvent(): Promise<number> {
    return this.#queue.lastEvent;
  }

  async reliances(): Promise<Reliances> {
    return reliances(this.#queue);
  }

  async condemn(what: readonly Removable[], upTo: number): Promise<Condemned> {
    return condemn(this.#queue, what, upTo);
  }

  async release(what: readonly Removable[]): Promise<void> {
    release(this.#queue, what);
  }

  async moment(): Promise<Moment> {
    return this.#queue.moment;
  }

  async isCondemned(what: Removable): Promise<boolean> {
    return isHeld(this.#queue, what);
  }

  async forgetReleased(): Promise<void> {
    forgetReleased(this.#queue);
  }

  async *trackResults(keepLast: number): AsyncGenerator<readonly TrackResult[]> {
    for (const track_id of this.#queue.history.keys())
      yield resultsOf(this.#queue, track_id, keepLast);
  }

  async *inputsInUse(): AsyncGenerator<readonly string[]> {
    yield inputsInUse(this.#queue);
  }

  async trim(rule: TrimRule): Promise<Swept> {
    return trim(this.#queue, rule);
  }

  dropAliases(areGone: AreGone): Promise<Swept> {
    return dropAliases(this.#queue, areGone);
  }

  dropResults(
    rule: { readonly keepLast: number; readonly before: string },
    areGone: AreGone,
  ): Promise<Swept> {
    return dropResults(this.#queue, rule, areGone);
  }

  dropDigests(isStale: (path: string, fingerprint: string) => Promise<boolean>): Promise<Swept> {
    return dropDigests(this.#queue, isStale);
  }

  async shrink(): Promise<boolean> {
    return false;
  }

  onChange(listener: () => void): () => void {
    const end = this.#queue.listen(listener);
    this.#ends.add(end);
    return () => {
      this.#ends.delete(end);
      end();
    };
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#ends.clear();
  }
}
