import { join } from 'node:path';
import { fillWithEnded, openQueue } from '../fixtures/queue.js';
import { artifactName, writeEntries } from '../fixtures/entries.js';
import { startDaemon } from '../peers/cab.js';
import { wrk } from '../peers/wrk.js';
import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export default {
  name: 'daemon-memory',
  what: 'memory of the daemon: idle, with a million ended jobs, after a million served requests',
  unit: 'MB',
  goals: [
    { of: 'idle', atMost: 110 },
    { of: 'ended jobs', atMost: 150, what: 'memory of the daemon with a million ended jobs' },
    { of: 'requests served', atMost: 150, what: 'memory of the daemon after a million requests' },
  ],
  bound: 'Node itself is about half of it',
  needs: ['wrk'],
  sizes: { ended: 1_000_000, requests: 1_000_000, most_seconds: 60 },
  smoke: { ended: 10_000, requests: 1_000 },
  rounds: 1,
  takes: 90,

  async setUp(context) {
    const { sizes, dir } = context;
    const filled = await filledRoot(context, sizes.ended);
    const busy = join(dir, 'busy');
    const [key] = writeEntries(busy, 1);
    return {
      idle: () => afterwards(context, join(dir, 'idle'), looked),
      'ended jobs': () => afterwards(context, filled, looked),
      'requests served': () =>
        afterwards(context, busy, ({ url }) =>
          requests(context, `${url}/echo/${key}/${artifactName}`),
        ),
    };
  },
};

async function afterwards(context, root, use) {
  const daemon = await startDaemon(context, root);
  await use(daemon);
  // What a request leaves for the collector to take is no use of memory that lasts.
  await delay(1000);
  const used = daemon.residentMegabytes();
  await daemon.stop();
  return used;
}

/** As a person does who wonders what there is. */
async function looked({ url }) {
  for (const path of ['/readyz', '/echo/jobs?limit=50', '/metrics'])
    await (await fetch(url + path)).arrayBuffer();
}

async function requests({ sizes, note }, url) {
  let served = 0;
  const end = performance.now() + sizes.most_seconds * 1000;
  while (served < sizes.requests && performance.now() < end)
    served += (await wrk({ url, seconds: 2, connections: 32 })).requests;
  note(`daemon-memory: ${served.toLocaleString('en-US')} requests were served`);
}

async function filledRoot({ dir }, ended) {
  const root = join(dir, 'filled');
  const own = join(root, '.cab');
  await mkdir(own, { recursive: true });
  const clearing = [];
  await openQueue({ defer: (work) => clearing.push(work) }, join(own, 'jobs.db'), 0);
  for (const work of clearing.reverse()) await work();
  fillWithEnded(join(own, 'jobs.db'), ended);
  return root;
}
