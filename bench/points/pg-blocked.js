import { openSharedQueue } from '../fixtures/shared-queue.js';
import { freshDatabase } from '../peers/postgres.js';

export default {
  name: 'pg-blocked',
  what: 'one claim and settlement beside jobs that wait for a key that runs, and without them',
  unit: 'ms',
  goals: [{ atMost: 1.2, times: 'alone' }],
  sizes: { blocked: 100_000, claims: 200 },
  smoke: { blocked: 500, claims: 10 },
  rounds: 3,
  takes: 60,

  async setUp(context) {
    const { sizes } = context;
    const queues = {};
    for (const [name, blocked] of [
      ['cab', sizes.blocked],
      ['alone', 0],
    ]) {
      const { url } = await freshDatabase(context);
      queues[name] = await openSharedQueue(context, url);
      await queues[name].block(blocked);
    }
    const measured = (queue) => async () => {
      await queue.fill(sizes.claims);
      const from = performance.now();
      for (let n = 0; n < sizes.claims; n += 1) await queue.settle(await queue.claim(1));
      return (performance.now() - from) / sizes.claims;
    };
    return { cab: measured(queues.cab), alone: measured(queues.alone) };
  },
};
