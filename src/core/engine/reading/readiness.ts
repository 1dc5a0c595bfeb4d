import { setTimeout as delay } from 'node:timers/promises';
import { CabError } from '../../model/errors.ts';
import type { LazyJobStore } from '../../ports/jobs/lazy-job-store.ts';
import type { WriteProbe } from '../../ports/write-probe.ts';
import { refuseOverflow } from '../submission/queue-limit.ts';

export interface ReadinessOptions {
  readonly jobs: LazyJobStore;
  readonly probe: WriteProbe;
  readonly queueLimit: number;
}

/** How long to wait for the lock of the job store. */
const patienceMs = 2_000;

/**
 * Checks whether a new job could be taken now.
 * @throws CabError root_moved, queue_full, no_space, root_unwritable, io_error, and what the job store throws
 */
export async function checkReady({ jobs, probe, queueLimit }: ReadinessOptions): Promise<void> {
  const store = await jobs.made();
  // A process that has a store open can still write to it after the store was moved or removed. Nobody would find those jobs.
  await store.assertInPlace();
  refuseOverflow(await store.counts(), queueLimit);
  await probe.assertWritable();
  await soon(store.assertWritable());
}

/** A submission may wait longer for the lock. A probe only asks whether a job would have to wait. */
async function soon(writable: Promise<void>): Promise<void> {
  const tooLate = new AbortController();
  const late = delay(patienceMs, undefined, { signal: tooLate.signal }).then(() => {
    throw new CabError('queue_busy', `the job store was not free for ${patienceMs / 1000} s`);
  });
  try {
    await Promise.race([writable, late]);
  } finally {
    tooLate.abort();
    late.catch(() => undefined);
  }
}
