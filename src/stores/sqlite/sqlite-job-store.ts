/** The job store in an SQLite file. Longer than other files, because it has every method of the port; each is one call. */
import type { RememberedDigest } from '../../core/model/request/digest-memory.ts';
import type { Logger } from '../../support/logger.ts';
import type { Job, JobCounts, Owner, RunningJob } from '../../core/model/job/job.ts';
import type { JobEvent, NewJobEvent } from '../../core/model/job/job-event.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { Removable } from '../../core/model/entry/removable.ts';
import type { TrackStep } from '../../core/model/entry/pointer.ts';
import { Changes } from './database/changes.ts';
import { claim } from './claiming/claims.ts';
import { systemClock, type Clock } from '../../support/process/clock.ts';
import {
  dropAliases,
  dropDigests,
  dropResults,
  inputsInUse,
  trackResults,
} from './retention/retention.ts';
import { inputOf } from './inputs.ts';
import { nextDue } from './claiming/delays.ts';
import { events, lastEvent, record } from './events.ts';
import { adopt, forgetTrack, history } from './tracks/history.ts';
import type {
  AreGone,
  Condemned,
  Moment,
  Reliances,
  SweepPosition,
  Swept,
  TrackResult,
  TrimRule,
} from '../../core/ports/jobs/retention.ts';
import { check, endedAt } from './file/integrity-check.ts';
import type { ClaimScope, Heartbeat, NewJob, Settlement } from '../../core/ports/jobs/job-queue.ts';
import type { JobFilter } from '../../core/ports/jobs/job-records.ts';
import type { JobStore } from '../../core/ports/jobs/job-store.ts';
import type { MovedJob, Taken } from '../../core/ports/jobs/job-transfer.ts';
import type { KnownPointer, TrailingTrack } from '../../core/ports/jobs/track-records.ts';
import { canceling, heartbeat, reap } from './claiming/leases.ts';
import { counts, get, list, outlines } from './lookups.ts';
import { isAlive, type Liveness } from '../../support/process/owner.ts';
import {
  condemn,
  forgetReleased,
  isCondemned,
  moment,
  release,
} from './retention/condemnations.ts';
import { reliances } from './retention/reliances.ts';
import type { Queue } from './queue.ts';
import { openQueueFile, type QueueFileOptions } from './file/queue-file.ts';
import type { JobOutline } from '../../core/model/job/job-outline.ts';
import { alias, digests, remember, rememberDigests } from './retention/aliases-and-digests.ts';
import { cancel, settle } from './settlements.ts';
import { submit } from './submissions.ts';
import { caughtUp, trailing } from './tracks/pointers-to-follow.ts';
import { shrink, trim } from './retention/trim.ts';
import { take } from './transfer.ts';
import type { UnwrittenEntries } from '../../core/ports/jobs/unwritten-entries.ts';
import { UnwrittenRows } from './unwritten/unwritten-rows.ts';

export interface OpenOptions extends QueueFileOptions {
  /** Path of `jobs.db`. With `create`, the file and its directory are created if they are not there. */
  readonly file: string;
  readonly clock?: Clock;
  /** Tells whether a process still runs. If not given, the system is asked. */
  readonly isAlive?: (owner: Owner) => Liveness;
  readonly logger?: Logger;
}

/**
 * Undefined if there is no queue and `create` is false. Writes nothing if the schema is current.
 * @throws CabError queue_unreadable, queue_too_new (the file is unchanged), queue_busy, root_unwritable, no_space,
 * store_unreadable (the file may be sound, but this process cannot read it)
 */
export async function openJobStore(options: OpenOptions): Promise<JobStore | undefined> {
  const db = await openQueueFile(options.file, options);
  return (
    db &&
    new SqliteJobStore({
      db,
      place: db.file,
      clock: options.clock ?? systemClock,
      isAlive: options.isAlive ?? isAlive,
      logger: options.logger,
    })
  );
}

/** The job store as an SQLite file on a local disk, for the processes of one machine. */
export class SqliteJobStore implements JobStore {
  readonly #queue: Queue;
  readonly #changes: Changes;
  readonly unwritten: UnwrittenEntries;

  constructor(queue: Queue) {
    this.#queue = queue;
    this.#changes = new Changes(queue.db);
    this.unwritten = new UnwrittenRows(queue);
  }

  get isCopy(): boolean {
    return this.#queue.db.isCopy;
  }

  async assertWritable(): Promise<void> {
    await this.assertInPlace();
    // An empty transaction takes the lock of a write, and changes nothing in the file.
    await this.#queue.db.write(() => undefined);
  }

  async assertInPlace(): Promise<void> {
    this.#queue.db.assertInPlace();
  }

  async submit(jobs: readonly NewJob[]): Promise<readonly Job[]> {
    this.#queue.db.assertInPlace();
    return submit(this.#queue, jobs);
  }

  take(jobs: readonly MovedJob[]): Promise<readonly Taken[]> {
    return take(this.#queue, jobs);
  }

  get(id: string): Promise<Job | undefined> {
    return get(this.#queue, id);
  }

  input(id: string): Promise<string | undefined> {
    return inputOf(this.#queue, id);
  }

  list(filter: JobFilter): Promise<readonly Job[]> {
    return list(this.#queue, filter);
  }

  outlines(filter: JobFilter): Promise<readonly JobOutline[]> {
    return outlines(this.#queue, filter);
  }

  counts(): Promise<JobCounts> {
    return counts(this.#queue);
  }

  async claim(scope: ClaimScope, limit: number): Promise<readonly RunningJob[]> {
    this.#queue.db.assertInPlace();
    return claim(this.#queue, scope, limit);
  }

  nextDue(scope: ClaimScope): Promise<number | undefined> {
    return nextDue(this.#queue, scope);
  }

  heartbeat(job: RunningJob, lease_ms: number): Promise<Heartbeat> {
    return heartbeat(this.#queue, job, lease_ms);
  }

  settle(job: RunningJob, settlement: Settlement, patienceMs?: number): Promise<boolean> {
    return settle(this.#queue, job, settlement, patienceMs);
  }

  reap(): Promise<readonly RunningJob[]> {
    return reap(this.#queue);
  }

  cancel(id: string): Promise<Job | undefined> {
    return cancel(this.#queue, id);
  }

  canceling(): Promise<readonly Pick<RunningJob, 'id' | 'epoch'>[]> {
    return canceling(this.#queue);
  }

  history(track_id: string, limit: number): Promise<readonly TrackStep[]> {
    return history(this.#queue, track_id, limit);
  }

  forgetTrack(track_id: string): Promise<void> {
    return forgetTrack(this.#queue, track_id);
  }

  adopt(pointers: readonly KnownPointer[]): Promise<void> {
    return adopt(this.#queue, pointers);
  }

  trailing(): Promise<readonly TrailingTrack[]> {
    return trailing(this.#queue);
  }

  caughtUp(job_ids: readonly string[]): void {
    caughtUp(this.#queue, job_ids);
  }

  alias(key: EntryKey): Promise<EntryKey | undefined> {
    return alias(this.#queue, key);
  }

  remember(predicted: EntryKey, actual: EntryKey): Promise<void> {
    return remember(this.#queue, predicted, actual);
  }

  digests(
    files: readonly Pick<RememberedDigest, 'path' | 'fingerprint'>[],
  ): Promise<readonly (string | undefined)[]> {
    return digests(this.#queue, files);
  }

  rememberDigests(remembered: readonly RememberedDigest[]): Promise<void> {
    return rememberDigests(this.#queue, remembered);
  }

  record(job_id: string, event: NewJobEvent): Promise<void> {
    return record(this.#queue, job_id, event);
  }

  events(after: number, limit: number, job_id?: string): Promise<readonly JobEvent[]> {
    return events(this.#queue, after, limit, job_id);
  }

  check(): Promise<readonly string[]> {
    return check(this.#queue);
  }

  endedAt(entries: readonly EntryKey[], limit: number): Promise<readonly Job[]> {
    return endedAt(this.#queue, entries, limit);
  }

  lastEvent(): Promise<number> {
    return lastEvent(this.#queue);
  }

  reliances(): Promise<Reliances> {
    return reliances(this.#queue);
  }

  condemn(what: readonly Removable[], upTo: number): Promise<Condemned> {
    return condemn(this.#queue, what, upTo);
  }

  release(what: readonly Removable[]): Promise<void> {
    return release(this.#queue, what);
  }

  moment(): Promise<Moment> {
    return moment(this.#queue);
  }

  isCondemned(what: Removable): Promise<boolean> {
    return isCondemned(this.#queue, what);
  }

  forgetReleased(): Promise<void> {
    return forgetReleased(this.#queue);
  }

  trackResults(keepLast: number): AsyncIterable<readonly TrackResult[]> {
    return trackResults(this.#queue, keepLast);
  }

  inputsInUse(): AsyncIterable<readonly string[]> {
    return inputsInUse(this.#queue);
  }

  trim(rule: TrimRule, from: SweepPosition): Promise<Swept> {
    return trim(this.#queue, rule, from);
  }

  dropAliases(areGone: AreGone, from: SweepPosition): Promise<Swept> {
    return dropAliases(this.#queue, areGone, from);
  }

  dropResults(
    rule: { readonly keepLast: number; readonly before: string },
    areGone: AreGone,
    from: SweepPosition,
  ): Promise<Swept> {
    return dropResults(this.#queue, rule, areGone, from);
  }

  dropDigests(
    isStale: (path: string, fingerprint: string) => Promise<boolean>,
    from: SweepPosition,
  ): Promise<Swept> {
    return dropDigests(this.#queue, isStale, from);
  }

  shrink(): Promise<boolean> {
    return shrink(this.#queue);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  async close(): Promise<void> {
    this.#changes.stop();
    await this.#queue.db.close();
  }
}
