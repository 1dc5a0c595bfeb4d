import { formatKey } from '../../model/entry/key.ts';
import type { JobOutline } from '../../model/job/job-outline.ts';
import type { MissReason } from '../../model/report/stats.ts';

/** Counts why jobs ran. `jobs`: those that ended `done` or in error, the earliest first. */
export function missesOf(jobs: readonly JobOutline[]): Record<MissReason, number> {
  const past = new PastJobs();
  const counts = { forced: 0, new_input: 0, new_configuration: 0, failed_before: 0, entry_gone: 0 };
  for (const job of jobs) {
    // A job that was refused never began.
    if (!job.cached && job.started_at !== null) counts[past.reasonFor(job)] += 1;
    past.add(job);
  }
  return counts;
}

/** The jobs before a job, in any order. */
export class PastJobs {
  readonly #sources = new Set<string>();
  /** By key: whether one of its jobs ended `done`. */
  readonly #keys = new Map<string, boolean>();

  reasonFor({ force, key }: Pick<JobOutline, 'force' | 'key'>): MissReason {
    if (force) return 'forced';
    const wasDone = this.#keys.get(formatKey(key));
    if (wasDone !== undefined) return wasDone ? 'entry_gone' : 'failed_before';
    return this.#sources.has(key.source_hash) ? 'new_configuration' : 'new_input';
  }

  add({ key, state }: Pick<JobOutline, 'key' | 'state'>): void {
    const name = formatKey(key);
    this.#sources.add(key.source_hash);
    this.#keys.set(name, state === 'done' || this.#keys.get(name) === true);
  }
}
