import type { Job } from '../model/job.ts';
import { NoLongerThere, type JobStore, type NewJob } from '../queue/job-store.ts';

interface Waiting {
  readonly job: NewJob;
  readonly accepted: (job: Job) => void;
  readonly refused: (error: unknown) => void;
}

/** The most jobs in one transaction: bounds how long the writer lock is held. */
const largestBatch = 500;

/**
 * Group commit: submissions that arrive while a commit is under way are committed together by the next one,
 * so that many at once cost few flushes, and a single one waits for none.
 */
export class Submissions {
  readonly #store: JobStore;
  #waiting: Waiting[] = [];
  #committing = false;

  constructor(store: JobStore) {
    this.#store = store;
  }

  submit(job: NewJob): Promise<Job> {
    return new Promise((accepted, refused) => {
      this.#waiting.push({ job, accepted, refused });
      if (!this.#committing) void this.#commit();
    });
  }

  async #commit(): Promise<void> {
    this.#committing = true;
    // Lets all that were made in this turn of the event loop join.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#take(this.#waiting.splice(0, largestBatch));
    }
    this.#committing = false;
  }

  async #take(batch: readonly Waiting[]): Promise<void> {
    try {
      const jobs = await this.#store.submit(batch.map(({ job }) => job));
      jobs.forEach((job, index) => batch[index]?.accepted(job));
    } catch (error) {
      // One that must look again does not hold up the others, nor are they told of it.
      if (error instanceof NoLongerThere && batch.length > 1)
        for (const one of batch) await this.#take([one]);
      else for (const { refused } of batch) refused(error);
    }
  }
}
