import { join } from 'node:path';
import { trivialRunner } from '../fixtures/runners.js';
import { bareJobRate } from '../peers/bare.js';
import { besideBullMQ } from '../peers/bullmq.js';
import { project, startDaemon } from '../peers/cab.js';
import { until } from '../until.js';

export default {
  name: 'jobs',
  what: 'jobs finished, a trivial module runner, every flush on; beside BullMQ on Redis that flushes always',
  unit: { cab: '/s', BullMQ: '/s', 'bare loop': '/s', 'daemon memory at most': 'MB' },
  goals: [{ atLeast: 2000 }, { atLeast: 1, times: 'BullMQ' }],
  bound: 'two cores: the processor time of a job, in four threads; then flushes of the disk',
  sizes: { jobs: 8000, at_once: 16 },
  smoke: { jobs: 100 },
  rounds: 3,
  takes: 70,

  async setUp(context) {
    const runner = trivialRunner(context.dir);
    let round = 0;
    const place = (name) => join(context.dir, `${name}-${(round += 1)}`);
    let peak;
    const own = async () => {
      const { rate, megabytes } = await drainedOwn(context, runner, place('root'));
      peak = megabytes;
      return rate;
    };
    const subjects = {
      cab: own,
      'daemon memory at most': async () => {
        if (peak === undefined) await own();
        return peak;
      },
      'bare loop': () => bareJobRate(place('bare'), context.sizes.jobs),
    };
    return besideBullMQ(context, subjects, (bullmq) => drained(bullmq, context.sizes.jobs));
  },
};

/** The queue is filled first; the time runs from the first seen done to the last. */
async function drainedOwn(context, runner, root) {
  const { jobs, at_once } = context.sizes;
  await fill(root, runner, jobs);
  const daemon = await startDaemon(context, root, [
    '--runner',
    runner,
    '--concurrency',
    String(at_once),
  ]);
  const first = await until(
    'the first jobs are done',
    async () => (await daemon.jobsIn('done')) || undefined,
  );
  const begun = performance.now();
  await until('all jobs are done', async () => (await daemon.jobsIn('done')) >= jobs, {
    seconds: 900,
  });
  const seconds = (performance.now() - begun) / 1000;
  const megabytes = daemon.peakMegabytes();
  await daemon.stop();
  return { rate: (jobs - first) / seconds, megabytes };
}

async function fill(root, runner, jobs) {
  const { openBroker } = await import(join(project, 'dist', 'index.js'));
  const broker = await openBroker({ root, runner, work: 'none' });
  const submissions = Array.from({ length: jobs }, (_, n) =>
    broker.submit({ features_text: `{"n":${n}}` }),
  );
  await Promise.all(submissions);
  await broker.close();
}

async function drained({ queue, startWorker }, jobs) {
  await queue.addBulk(Array.from({ length: jobs }, (_, n) => ({ name: 'trivial', data: { n } })));
  const begun = performance.now();
  const worker = startWorker();
  await until('BullMQ is through', async () => (await queue.getCompletedCount()) >= jobs, {
    seconds: 300,
  });
  const seconds = (performance.now() - begun) / 1000;
  await worker.close();
  await queue.close();
  return jobs / seconds;
}
