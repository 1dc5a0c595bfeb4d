import type { Broker } from './broker.ts';

/**
 * Where to begin to follow events so that none of what happens from now on is missed, and the long history before is
 * not read: before the first event of the newest job. Undefined where there is no job yet.
 */
export async function beforeNewestJob(broker: Broker): Promise<number | undefined> {
  const [newest] = (await broker.jobs({ limit: 1 })).jobs;
  if (newest === undefined) return undefined;
  for await (const { seq } of broker.events({ job_id: newest.job_id })) return seq - 1;
  return undefined;
}
