import { CabError } from '../../model/errors.ts';
import type { JobCounts } from '../../model/job/job.ts';
import type { JobRecords } from '../../ports/jobs/job-records.ts';

/** Refuses jobs while the queue is full. */
export class QueueLimit {
  readonly #limit: number;
  #counts: Promise<JobCounts> | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws CabError queue_full */
  async refuse(store: JobRecords): Promise<void> {
    refuseOverflow(await (this.#counts ??= this.#count(store)), this.#limit);
  }

  /**
   * Counts once for all submissions of one loop turn: they are committed together after it, so each would get the same count.
   */
  #count(store: JobRecords): Promise<JobCounts> {
    setImmediate(() => (this.#counts = undefined));
    return store.counts();
  }
}

/** @throws CabError queue_full, if the number of pending jobs has reached the limit */
export function refuseOverflow({ pending }: JobCounts, limit: number): void {
  if (pending < limit) return;
  throw new CabError('queue_full', `${pending} jobs wait already; ${limit} is the limit`, {
    details: { pending },
  });
}
