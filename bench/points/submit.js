import { join } from 'node:path';
import { endlessRunner } from '../fixtures/runners.js';
import { startBareServer } from '../peers/bare.js';
import { startDaemon } from '../peers/cab.js';
import { postScript, wrk } from '../peers/wrk.js';

export default {
  name: 'submit',
  what: 'durable submits over HTTP of distinct small inputs, nothing else running',
  unit: '/s',
  goals: [{ atLeast: 5000 }],
  bound: 'flushes of the disk, shared by those who wait; then one core',
  needs: ['wrk'],
  sizes: { connections: 16, seconds: 5 },
  smoke: { seconds: 1 },
  rounds: 3,
  takes: 20,

  async setUp(context) {
    const { sizes, dir } = context;
    const args = ['--runner', endlessRunner(dir), '--concurrency', '1', '--grace', '1s'];
    const daemon = await startDaemon(context, join(dir, 'root'), [
      ...args,
      '--queue-limit',
      '10000000',
    ]);
    const bare = await startBareServer(context);
    const script = await postScript(dir);
    let run = 0;
    const rate = async ({ url }) => {
      run += 1;
      return (await wrk({ ...sizes, url, script, args: [`run-${run}`] })).rate;
    };
    return { cab: () => rate(daemon), 'bare server': () => rate(bare) };
  },
};
