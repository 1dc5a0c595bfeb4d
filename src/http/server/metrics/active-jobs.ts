export interface ActiveJob {
  readonly state: 'pending' | 'running';
  readonly runner: string;
  readonly priority: number;
  /** Wall time in milliseconds. */
  readonly since: number;
  /** When the run started; null if no event reported that. */
  readonly startedAt: string | null;
}

/** How many pending jobs have a priority. */
export interface WaitingCount {
  readonly priority: number;
  readonly jobs: number;
}

export interface ActiveCount extends Pick<ActiveJob, 'state' | 'runner'> {
  readonly jobs: number;
}

/**
 * The jobs that have not ended. They are counted as they come and go, so that reading the metrics does not go
 * through all of them.
 */
export class ActiveJobs {
  readonly #jobs = new Map<string, ActiveJob>();
  readonly #counts = new Map<string, ActiveCount>();
  /** By priority. */
  readonly #waiting = new Map<number, number>();

  get(job_id: string): ActiveJob | undefined {
    return this.#jobs.get(job_id);
  }

  set(job_id: string, job: ActiveJob): void {
    this.delete(job_id);
    this.#jobs.set(job_id, job);
    this.#count(job, 1);
  }

  delete(job_id: string): void {
    const job = this.#jobs.get(job_id);
    if (job === undefined) return;
    this.#jobs.delete(job_id);
    this.#count(job, -1);
  }

  /** By state and runner, without counts of 0. */
  get counts(): readonly ActiveCount[] {
    return [...this.#counts.values()];
  }

  /** By priority, in no order, without counts of 0. */
  get waiting(): readonly WaitingCount[] {
    return Array.from(this.#waiting, ([priority, jobs]) => ({ priority, jobs }));
  }

  /**
   * Wall time of the oldest pending job; `now` if none is pending. Compares one number a job, which takes a
   * millisecond for 100000 jobs.
   */
  oldestPending(now: number): number {
    let oldest = now;
    for (const { state, since } of this.#jobs.values())
      if (state === 'pending' && since < oldest) oldest = since;
    return oldest;
  }

  #count({ state, runner, priority }: ActiveJob, by: number): void {
    if (state === 'pending') {
      const waiting = (this.#waiting.get(priority) ?? 0) + by;
      if (waiting === 0) this.#waiting.delete(priority);
      else this.#waiting.set(priority, waiting);
    }
    const name = `${state} ${runner}`;
    const jobs = (this.#counts.get(name)?.jobs ?? 0) + by;
    if (jobs === 0) this.#counts.delete(name);
    else this.#counts.set(name, { state, runner, jobs });
  }
}
