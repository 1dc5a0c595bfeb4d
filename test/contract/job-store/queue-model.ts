import type { JobCounts, Owner } from '../../../src/core/model/job/job.ts';
import type { ClaimScope, Settlement } from '../../../src/core/ports/jobs/job-queue.ts';

export interface ModelJob {
  readonly id: string;
  readonly key: string;
  readonly priority: number;
  readonly submitter: Owner | null;
  state: keyof JobCounts;
  attempts: number;
  crashes: number;
  epoch: number;
  /** Monotonic time; null where it is ready. */
  due: number | null;
  owner: Owner | null;
  lease: number;
  cancelRequested: boolean;
}

/** The queue as one would write it down if there were neither disks nor other processes. */
export class QueueModel {
  readonly jobs: ModelJob[] = [];
  readonly #dead = new Set<Owner>();
  now = 0;

  submit(job: Pick<ModelJob, 'id' | 'key' | 'priority' | 'submitter'>): void {
    this.jobs.push({
      ...job,
      state: 'pending',
      attempts: 0,
      crashes: 0,
      epoch: 0,
      due: null,
      owner: null,
      lease: 0,
      cancelRequested: false,
    });
  }

  kill(owner: Owner): void {
    this.#dead.add(owner);
  }

  isDead(owner: Owner): boolean {
    return this.#dead.has(owner);
  }

  claim(scope: ClaimScope, limit: number): ModelJob[] {
    const keys = new Set(this.#in('running').map(({ key }) => key));
    const claimed: ModelJob[] = [];
    for (const job of this.#pendingWithin(scope)) {
      if (claimed.length === limit || keys.has(job.key) || this.#wait(job) > 0) continue;
      keys.add(job.key);
      job.state = 'running';
      job.attempts += 1;
      job.epoch += 1;
      job.due = null;
      job.owner = scope.owner;
      job.lease = this.now + scope.lease_ms;
      claimed.push(job);
    }
    return claimed;
  }

  nextDue(scope: ClaimScope): number | undefined {
    const waits = this.#pendingWithin(scope).map((job) => this.#wait(job));
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  owns(id: string, epoch: number): ModelJob | undefined {
    return this.jobs.find((job) => job.id === id && job.state === 'running' && job.epoch === epoch);
  }

  settle(job: ModelJob, settlement: Settlement): void {
    const goesBack = settlement.state === 'retry' || settlement.state === 'release';
    if (goesBack && job.cancelRequested) job.state = 'canceled';
    else job.state = goesBack ? 'pending' : settlement.state;
    if (job.state === 'pending' && settlement.state === 'release') job.attempts -= 1;
    if (job.state === 'pending' && settlement.state === 'retry' && settlement.delay_ms > 0)
      job.due = this.now + settlement.delay_ms;
    this.#leave(job);
  }

  reap(): string[] {
    const lost = this.#in('running').filter(
      ({ owner, lease }) => (owner !== null && this.isDead(owner)) || lease <= this.now,
    );
    for (const job of lost) {
      job.crashes += 1;
      job.state = job.crashes >= 3 ? 'error' : 'pending';
      if (job.cancelRequested) job.state = 'canceled';
      this.#leave(job);
    }
    return lost.map(({ id }) => id);
  }

  cancel(job: ModelJob): void {
    if (job.state === 'pending') job.state = 'canceled';
    if (job.state === 'running') job.cancelRequested = true;
  }

  counts(): JobCounts {
    const counts = { pending: 0, running: 0, done: 0, error: 0, canceled: 0 };
    for (const { state } of this.jobs) counts[state] += 1;
    return counts;
  }

  #in(state: ModelJob['state']): ModelJob[] {
    return this.jobs.filter((job) => job.state === state);
  }

  #pendingWithin({ owner, reach }: ClaimScope): ModelJob[] {
    const isOwn = ({ submitter }: ModelJob) => submitter === owner;
    const isLeft = ({ submitter }: ModelJob) => submitter === null || this.isDead(submitter);
    const within = (job: ModelJob) =>
      reach === 'all' || isOwn(job) || (reach === 'adopt' && isLeft(job));
    const after = (job: ModelJob) => Number(reach === 'adopt' && !isOwn(job));
    return this.#in('pending')
      .filter(within)
      .sort((a, b) => after(a) - after(b) || b.priority - a.priority || (a.id < b.id ? -1 : 1));
  }

  #wait({ due }: ModelJob): number {
    return due === null ? 0 : Math.max(0, due - this.now);
  }

  #leave(job: ModelJob): void {
    job.owner = null;
    job.cancelRequested = false;
  }
}
