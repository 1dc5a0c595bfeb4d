import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Moment } from '../../ports/jobs/retention.ts';

/** Milliseconds. */
const recentMs = 50;

/**
 * A moment that may lie a little back, because reading it for each of many submissions takes a twentieth of a hit. An earlier
 * moment only refuses more: what was condemned in between is looked at again after a pause, as all that is being removed.
 */
export class RecentMoment {
  #read: { readonly value: Moment; readonly until: number } | undefined;

  /** @param store undefined: there is none, so nothing was condemned yet */
  async in(store: JobStore | undefined): Promise<Moment> {
    if (store === undefined) return 0;
    const now = performance.now();
    if (this.#read === undefined || now > this.#read.until)
      this.#read = { value: await store.moment(), until: now + recentMs };
    return this.#read.value;
  }
}
