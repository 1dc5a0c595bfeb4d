import { join } from 'node:path';
import { openQueue } from '../fixtures/queue.js';

export default {
  name: 'queue',
  what: 'the queue by itself, beside ended jobs: every commit flushed',
  unit: '/s',
  goals: [],
  bound: 'one flush of the disk a commit',
  sizes: { ended: 100_000, commits: 150 },
  smoke: { ended: 1_000, commits: 20 },
  rounds: 3,
  takes: 30,

  async setUp(context) {
    const { sizes, dir } = context;
    const queue = await openQueue(context, join(dir, 'jobs.db'), sizes.ended);
    const finish = async (limit) => {
      for (const job of await queue.claim(limit)) await queue.settle(job);
    };
    const enough = sizes.commits * 17 * 10;
    await queue.submit(enough);
    return {
      'submit, 1 a commit': () => rateOf(sizes.commits, 1, () => queue.submit(1)),
      'submit, 64 a commit': () => rateOf(sizes.commits, 64, () => queue.submit(64)),
      'claim and settle, 1 a claim': () => rateOf(sizes.commits, 1, () => finish(1)),
      'claim and settle, 16 a claim': () => rateOf(sizes.commits / 10, 16, () => finish(16)),
      counts: () => rateOf(sizes.commits, 1, () => queue.store.counts()),
      'list the newest 50': () => rateOf(sizes.commits, 1, () => queue.store.list({ limit: 50 })),
    };
  },
};

async function rateOf(calls, each, call) {
  const begun = performance.now();
  for (let n = 0; n < calls; n += 1) await call();
  return (calls * each * 1000) / (performance.now() - begun);
}
