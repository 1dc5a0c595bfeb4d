import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { trivialRunner } from '../fixtures/runners.js';
import { besideBullMQ } from '../peers/bullmq.js';
import { startDaemon } from '../peers/cab.js';

export default {
  name: 'jobs-under-load',
  what: 'jobs finished while 16 clients go on submitting, each with a track of its own, a trivial module runner',
  unit: '/s',
  goals: [{ atLeast: 1, times: 'BullMQ' }],
  bound: 'two cores: requests, jobs and the clients share them',
  sizes: { clients: 16, seconds: 8, at_once: 16 },
  smoke: { seconds: 1 },
  rounds: 3,
  takes: 60,

  async setUp(context) {
    const runner = trivialRunner(context.dir);
    let round = 0;
    const subjects = {
      cab: () => ownRate(context, runner, join(context.dir, `root-${(round += 1)}`)),
    };
    return besideBullMQ(context, subjects, (bullmq) => rateUnderLoad(context.sizes, bullmq));
  },
};

async function ownRate(context, runner, root) {
  const { at_once } = context.sizes;
  const args = ['--runner', runner, '--concurrency', String(at_once), '--queue-limit', '10000000'];
  const daemon = await startDaemon(context, root, args);
  let last = 0;
  const submit = async () => {
    const n = (last += 1);
    const body = JSON.stringify({ features: { n }, track_id: `track-${n}` });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${daemon.url}/echo/jobs`, { method: 'POST', headers, body });
    if (answer.status !== 202) throw new Error(`a submission was answered ${answer.status}`);
    await answer.arrayBuffer();
  };
  const rate = await finished(context.sizes, submit, () => daemon.jobsIn('done'));
  await daemon.stop();
  return rate;
}

async function rateUnderLoad(sizes, { queue, startWorker }) {
  const worker = startWorker();
  let last = 0;
  const submit = () => queue.add('trivial', { n: (last += 1) });
  const rate = await finished(sizes, submit, () => queue.getCompletedCount());
  await worker.close();
  await queue.close();
  return rate;
}

/** Clients submit, each its next when the last was taken, as long as the count of finished jobs is watched. */
async function finished({ clients, seconds }, submit, count) {
  let isOver = false;
  const client = async () => {
    while (!isOver) await submit();
  };
  const all = Array.from({ length: clients }, client);
  await delay(500);
  const [before, begun] = [await count(), performance.now()];
  await delay(seconds * 1000);
  const [after, ended] = [await count(), performance.now()];
  isOver = true;
  await Promise.all(all);
  return ((after - before) / (ended - begun)) * 1000;
}
