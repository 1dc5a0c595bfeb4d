import { join } from 'node:path';
import { trivialRunner } from '../fixtures/runners.js';
import { startDaemon } from '../peers/cab.js';
import { environment, freshPrefix } from '../peers/s3.js';
import { wrk } from '../peers/wrk.js';

export default {
  name: 's3-get',
  what: 'GET of an artifact that lies in a bucket and in the local cache, hot, beside one that lies in the root',
  unit: '/s',
  goals: [{ atLeast: 0.95, times: 'in the root' }],
  bound: 'one core: HTTP in JavaScript',
  needs: ['wrk'],
  sizes: { connections: 32, seconds: 4 },
  smoke: { seconds: 1 },
  rounds: 3,
  takes: 30,

  async setUp(context) {
    const { sizes, dir } = context;
    const runner = trivialRunner(dir);
    const args = ['--log-level', 'warn', '--runner', runner];
    const store = ['--store', await freshPrefix()];
    const there = await startDaemon(context, join(dir, 'there'), [...args, ...store], environment);
    const here = await startDaemon(context, join(dir, 'here'), args);
    const rateAt = async (url) => (await wrk({ ...sizes, url })).rate;
    const [cached, plain] = [await servedBy(there), await servedBy(here)];
    return { cab: () => rateAt(cached), 'in the root': () => rateAt(plain) };
  },
};

/** The address of the artifact of one job. */
async function servedBy({ url }) {
  const headers = { 'content-type': 'application/json', prefer: 'wait=30' };
  const body = '{"features":{"tempo":120}}';
  const answer = await fetch(`${url}/echo/jobs`, { method: 'POST', headers, body });
  const { status, config_hash, source_hash, result } = await answer.json();
  if (status !== 'done') throw new Error(`the job ended as ${status}`);
  const path = `/echo/${config_hash}/${source_hash}/${result.artifact_path.split('/').at(-1)}`;
  const first = await fetch(url + path);
  if (!first.ok) throw new Error(`${path}: ${first.status}`);
  await first.arrayBuffer();
  return url + path;
}
