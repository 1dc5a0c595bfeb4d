import { Skipped } from '../measure.js';
import { peerPackage } from './packages.js';
import { missingPrograms } from './programs.js';
import { startRedis } from './redis.js';

/** The subjects, and BullMQ beside them where it can run. `rateOf` measures it with what `openBullMQ` gives. */
export async function besideBullMQ(context, subjects, rateOf) {
  try {
    const open = await openBullMQ(context);
    return { ...subjects, BullMQ: () => rateOf(open()) };
  } catch (error) {
    if (!(error instanceof Skipped)) throw error;
    context.note(`BullMQ is left out: ${error.message}`);
    return subjects;
  }
}

/** Each call gives a queue of its own, and a way to start its worker. */
async function openBullMQ(context) {
  const { at_once } = context.sizes;
  const missing = missingPrograms(['redis-server']);
  if (missing !== undefined) throw new Skipped(missing);
  const { Queue, Worker } = await peerPackage('bullmq');
  const connection = { ...(await startRedis(context)), maxRetriesPerRequest: null };
  let round = 0;
  return () => {
    const name = `jobs-${(round += 1)}`;
    const queue = new Queue(name, { connection });
    const startWorker = () =>
      new Worker(name, async ({ data }) => ({ n: data.n }), { connection, concurrency: at_once });
    return { queue, startWorker };
  };
}
