import { join } from 'node:path';
import { openQueue } from '../fixtures/queue.js';
import { median } from '../statistics.js';

const names = {
  submit: ['submit', 'submit beside ended jobs'],
  claim: ['claim', 'claim beside ended jobs'],
};

export default {
  name: 'ended-jobs',
  what: 'submit and claim, one a commit, in a store of none and of a million ended jobs',
  unit: 'ms',
  goals: Object.values(names).map(([none, many]) => ({ of: many, atMost: 1.2, times: none })),
  bound: 'one flush of the disk a commit',
  sizes: { ended: 1_000_000, calls: 200 },
  smoke: { ended: 10_000, calls: 20 },
  takes: 60,

  async setUp(context) {
    const { sizes, dir } = context;
    const queues = [
      await openQueue(context, join(dir, 'none.db'), 0),
      await openQueue(context, join(dir, 'many.db'), sizes.ended),
    ];
    // A claim needs something to take, also where its subject has its turn first.
    for (const queue of queues) await queue.submit(sizes.calls);
    const subjects = {};
    queues.forEach((queue, at) => {
      subjects[names.submit[at]] = () => medianOf(sizes.calls, () => queue.submit(1));
      subjects[names.claim[at]] = () => claims(sizes.calls, queue);
    });
    return subjects;
  },
};

async function medianOf(calls, call) {
  const times = [];
  for (let n = 0; n < calls; n += 1) {
    const begun = performance.now();
    await call();
    times.push(performance.now() - begun);
  }
  return median(times);
}

/** What is claimed is settled afterwards, outside the time. */
async function claims(calls, queue) {
  const taken = [];
  const time = await medianOf(calls, async () => taken.push(...(await queue.claim(1))));
  if (taken.length !== calls) throw new Error(`claimed ${taken.length} of ${calls}`);
  for (const job of taken) await queue.settle(job);
  await queue.submit(calls);
  return time;
}
