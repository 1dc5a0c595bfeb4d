import { CabError } from '../errors.ts';
import type { JobStore } from '../queue/job-store.ts';

/** @throws CabError queue_full, where as many jobs wait as may */
export async function refuseOverflow(store: JobStore, limit: number): Promise<void> {
  const { pending } = await store.counts();
  if (pending < limit) return;
  throw new CabError('queue_full', `${pending} jobs wait already; ${limit} is the limit`, {
    details: { pending },
  });
}
