import { openSharedQueue } from '../fixtures/shared-queue.js';
import { bareQueue, freshDatabase } from '../peers/postgres.js';

export default {
  name: 'pg-claim',
  what: 'jobs claimed 16 at a time by four workers and settled, with events, history and counts',
  unit: '/s',
  goals: [{ atLeast: 0.5, times: 'bare loop' }],
  bound: 'processor time of the server: rows, events, history',
  sizes: { jobs: 4000, at_once: 16, workers: 4 },
  smoke: { jobs: 64 },
  rounds: 3,
  takes: 30,

  async setUp(context) {
    const { sizes } = context;
    const { url, pool } = await freshDatabase(context);
    const queue = await openSharedQueue(context, url, sizes.workers);
    const bare = await bareQueue(pool);
    return {
      cab: async () => {
        await queue.fill(sizes.jobs);
        return drained(sizes, async (who) => {
          const store = queue.stores[who];
          const claimed = await queue.claim(sizes.at_once, store);
          await queue.settle(claimed, store);
          return claimed.length;
        });
      },
      'bare loop': async () => {
        await bare.fill(sizes.jobs, queue.spec);
        return drained(sizes, async () => {
          const claimed = await bare.claim(sizes.at_once);
          await bare.settle(claimed);
          return claimed.length;
        });
      },
    };
  },
};

/** Jobs a second until none is left. */
async function drained({ workers }, turn) {
  let jobs = 0;
  const from = performance.now();
  await Promise.all(
    Array.from({ length: workers }, async (_, who) => {
      for (let taken = 1; taken > 0; jobs += taken) taken = await turn(who);
    }),
  );
  return (jobs * 1000) / (performance.now() - from);
}
