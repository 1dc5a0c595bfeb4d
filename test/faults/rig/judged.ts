import type { Broker } from '../../../src/core/engine/broker.ts';
import type { JobDocument } from '../../../src/core/model/job/job-document.ts';

export interface Judged {
  /** `config_hash/source_hash` of the jobs. */
  readonly keys: ReadonlySet<string>;
  /** Of all jobs together. */
  readonly attempts: number;
  /** Jobs that are not done. */
  readonly failures: readonly JobDocument[];
}

/** What became of the jobs that were accepted. */
export async function judged(
  broker: Pick<Broker, 'job'>,
  ledger: ReadonlySet<string>,
): Promise<Judged> {
  const keys = new Set<string>();
  const failures: JobDocument[] = [];
  let attempts = 0;
  for (const id of ledger) {
    const job = await broker.job(id);
    attempts += job.attempts;
    keys.add(`${job.config_hash}/${job.source_hash}`);
    if (job.status !== 'done') failures.push(job);
  }
  return { keys, attempts, failures };
}

/** `config_hash/source_hash` of the entries that have a manifest. */
export const entriesAmong = (objects: readonly string[]): ReadonlySet<string> =>
  new Set(
    objects
      .filter((key) => /^echo\/.*\/manifest\.json$/.test(key))
      .map((key) => key.split('/').slice(1, 3).join('/')),
  );
