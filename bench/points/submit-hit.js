import { join } from 'node:path';
import { trivialRunner } from '../fixtures/runners.js';
import { startBareServer } from '../peers/bare.js';
import { startDaemon } from '../peers/cab.js';
import { postScript, wrk } from '../peers/wrk.js';

export default {
  name: 'submit-hit',
  what: 'submit of a hit over HTTP: the answer is done at once',
  unit: '/s',
  goals: [{ atLeast: 8000 }],
  bound: 'one core, and the flush of the job that is recorded',
  needs: ['wrk'],
  sizes: { connections: 16, seconds: 5 },
  smoke: { seconds: 1 },
  rounds: 3,
  takes: 20,

  async setUp(context) {
    const { sizes, dir } = context;
    const daemon = await startDaemon(context, join(dir, 'root'), ['--runner', trivialRunner(dir)]);
    const body = '{"features":{"tempo":120}}';
    await ended(daemon, body);
    const script = await postScript(dir, () => `'${body}'`);
    const bare = await startBareServer(context);
    const rate = async ({ url }) => (await wrk({ ...sizes, url, script })).rate;
    return { cab: () => rate(daemon), 'bare server': () => rate(bare) };
  },
};

async function ended({ url }, body) {
  const headers = { 'content-type': 'application/json', prefer: 'wait=30' };
  const answer = await fetch(`${url}/echo/jobs`, { method: 'POST', headers, body });
  const job = await answer.json();
  if (job.status !== 'done')
    throw new Error(`the first job ended otherwise: ${JSON.stringify(job)}`);
}
