/** The job store in PostgreSQL. Longer than other files, because it has every method of the port; each is one call. */
import type { RememberedDigest } from '../../core/model/request/digest-memory.ts';
import type { Job, JobCounts, RunningJob } from '../../core/model/job/job.ts';
import type { JobEvent, NewJobEvent } from '../../core/model/job/job-event.ts';
import type { JobOutline } from '../../core/model/job/job-outline.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { Removable } from '../../core/model/entry/removable.ts';
import type { TrackStep } from '../../core/model/entry/pointer.ts';
import type { ClaimScope, Heartbeat, NewJob, Settlement } from '../../core/ports/jobs/job-queue.ts';
import type { JobFilter } from '../../core/ports/jobs/job-records.ts';
import type { JobStore } from '../../core/ports/jobs/job-store.ts';
import type { MovedJob, Taken } from '../../core/ports/jobs/job-transfer.ts';
import type { KnownPointer, TrailingTrack } from '../../core/ports/jobs/track-records.ts';
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
import { Changes } from './events/changes.ts';
import { claim } from './claiming/claims.ts';
import { nextDue } from './claiming/delays.ts';
import { canceling, heartbeat, reap } from './claiming/leases.ts';
import { events, lastEvent, record } from './events/events.ts';
import { Gathered } from './gathered.ts';
import { inputOf } from './transitions/inputs.ts';
import { counts, endedAt, get, list, outlines } from './lookups.ts';
import type { Queue } from './queue.ts';
import { alias, remember } from './retention/aliases.ts';
import {
  condemn,
  forgetReleased,
  isCondemned,
  moment,
  release,
} from './retention/condemnations.ts';
import { digests, dropDigests, rememberDigests } from './retention/digests.ts';
import { inputsInUse, trackResults } from './retention/in-use.ts';
import { reliances } from './retention/reliances.ts';
import { dropAliases, dropResults } from './retention/sweeps.ts';
import { trim } from './retention/trim.ts';
import { ServerClock } from './server-clock.ts';
import { cancel, settle, type Ending } from './transitions/settlements.ts';
import { check } from './soundness.ts';
import { submit } from './transitions/submissions.ts';
import { adopt, forgetTrack, history, trailing } from './tracks/history.ts';
import { LookedAt } from './tracks/looked-at.ts';
import { take } from './transitions/transfer.ts';

/** The job store in a database, for the processes of many machines. */
export class PostgresJobStore implements JobStore {
  readonly isCopy = false;
  readonly #queue: Queue;
  readonly #changes: Changes;
  readonly #submissions: Gathered<NewJob, Job>;
  readonly #endings: Gathered<Ending, boolean>;
  readonly #lookedAt: LookedAt;
  constructor(queue: Queue) {
    this.#queue = queue;
    this.#changes = new Changes(queue.db);
    this.#submissions = new Gathered((jobs) => submit(queue, jobs));
    this.#endings = new Gathered((endings) => settle(queue, endings));
    this.#lookedAt = new LookedAt(queue.db);
  }

  async assertWritable(): Promise<void> {
    await this.#queue.db.write(async () => undefined, { isDurable: false });
  }

  async assertInPlace(): Promise<void> {
    // A database is asked by its address each time.
  }

  async submit(jobs: readonly NewJob[]): Promise<readonly Job[]> {
    return this.#submissions.add(jobs);
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
    return claim(this.#queue, scope, limit);
  }

  nextDue(scope: ClaimScope): Promise<number | undefined> {
    return nextDue(this.#queue, scope);
  }

  heartbeat(job: RunningJob, lease_ms: number): Promise<Heartbeat> {
    return heartbeat(this.#queue, job, lease_ms);
  }

  async settle(job: RunningJob, settlement: Settlement): Promise<boolean> {
    const [isSettled = false] = await this.#endings.add([{ job, settlement }]);
    return isSettled;
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
    this.#lookedAt.add(job_ids);
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

  /** The server does that by itself. */
  async shrink(): Promise<boolean> {
    return false;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  async close(): Promise<void> {
    if (this.#queue.clock instanceof ServerClock) this.#queue.clock.stop();
    this.#changes.stop();
    await this.#lookedAt.close();
    await this.#queue.db.close();
  }
}
