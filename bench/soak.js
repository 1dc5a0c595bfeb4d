/**
 * A daemon for hours: requests and jobs come at a steady rate, as from an app that is left open, and every so often a line
 * says what the daemon takes by then. What is asked is checked: one wrong answer ends with exit code 1.
 *
 *   node bench/soak.js --minutes 120 --requests 20 --jobs 5 --every 5
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openRoom } from './room.js';
import { startDaemon } from './peers/cab.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    requests: { type: 'string', default: '20' },
    jobs: { type: 'string', default: '5' },
    every: { type: 'string', default: '5' },
  },
});
const [minutes, requestsPerSecond, jobsPerSecond, every] = [
  'minutes',
  'requests',
  'jobs',
  'every',
].map((name) => Number(values[name]));

const counts = { requests: 0, jobs: 0, hits: 0, late: 0, wrong: 0, failed: 0 };
const answers = [];
let url;

/** A third are asked for again later, and must be what was computed at first. */
async function job() {
  const isNew = answers.length === 0 || Math.random() < 2 / 3;
  const n = isNew ? counts.jobs : answers[Math.floor(Math.random() * answers.length)].n;
  counts.jobs += 1;
  const features = { n, notes: Array.from({ length: 200 }, (_, at) => (n * 31 + at) % 97) };
  const response = await fetch(`${url}/echo/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify({ features, track_id: `track-${n % 500}` }),
  });
  const { status, cached, result, config_hash, source_hash } = await response.json();
  // A machine with other work may not keep up.
  if (status === 'pending' || status === 'running') return void (counts.late += 1);
  if (status !== 'done') return wrong(`a job ended as ${status}`);
  if (!isNew && !cached) wrong(`job ${n} was computed again`);
  if (cached) counts.hits += 1;
  const artifact = result.artifact_path.split('/').at(-1);
  if (isNew)
    answers.push({ n, path: `/echo/${config_hash}/${source_hash}/${artifact}`, etag: result.etag });
}

const asked = [
  async () => {
    const { path, etag } = answers[Math.floor(Math.random() * answers.length)];
    const bytes = await (await get(path)).arrayBuffer();
    const digest = createHash('sha256').update(Buffer.from(bytes)).digest('hex');
    if (digest !== etag) wrong(`${path}: other bytes`);
  },
  async () => {
    const { path, etag } = answers[Math.floor(Math.random() * answers.length)];
    const { status } = await get(path, { 'if-none-match': `"${etag}"` });
    if (status !== 304) wrong(`${path}: ${status} in place of 304`);
  },
  async () => {
    const { n } = answers[Math.floor(Math.random() * answers.length)];
    const { track_id } = await (await get(`/echo/index/track-${n % 500}.json`)).json();
    if (track_id !== `track-${n % 500}`)
      wrong(`the pointer of track-${n % 500} is that of ${track_id}`);
  },
  async () => void (await (await get('/echo/jobs?limit=50')).arrayBuffer()),
  async () => void (await (await get('/readyz')).arrayBuffer()),
];

async function get(path, headers = {}) {
  counts.requests += 1;
  return fetch(url + path, { headers });
}

async function request() {
  if (answers.length > 0) await asked[counts.requests % asked.length]();
}

function wrong(text) {
  counts.wrong += 1;
  process.stdout.write(`wrong: ${text}\n`);
}

/** `rate` calls a second, whatever becomes of those before. */
async function steadily(rate, act, end) {
  const began = performance.now();
  for (let n = 1; performance.now() < end; n += 1) {
    act().catch((error) => {
      counts.failed += 1;
      process.stdout.write(`failed: ${error.message} ${error.cause?.message ?? ''}\n`);
    });
    await delay(began + (n * 1000) / rate - performance.now());
  }
}

const figures = {
  'resident MB': ['process_resident_memory_bytes', 1 / 1e6],
  'heap MB': ['nodejs_heap_size_used_bytes', 1 / 1e6],
  'external MB': ['nodejs_external_memory_bytes', 1 / 1e6],
  descriptors: ['process_open_fds', 1],
  'loop p99 ms': ['nodejs_eventloop_lag_p99_seconds', 1000],
};
const columns = [
  'minute',
  ...Object.keys(figures),
  'requests',
  'jobs',
  'hits',
  'late',
  'wrong',
  'failed',
];
const line = (cells) =>
  process.stdout.write(
    `${cells.map((cell, at) => String(cell).padStart(columns[at].length + 2)).join('')}\n`,
  );

async function tell(minute) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const shown = Object.values(figures).map(([name, factor]) =>
    (Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]) * factor).toFixed(1),
  );
  line([minute, ...shown, ...Object.values(counts)]);
}

const room = openRoom('/tmp');
const ends = [];
try {
  const daemon = await startDaemon({ defer: (end) => ends.push(end) }, join(room.path, 'root'), [
    ...['--runner', 'exec:cp {features} {artifact}', '--gc-every', '10m', '--concurrency', '2'],
  ]);
  url = daemon.url;
  line(columns);
  const end = performance.now() + minutes * 60_000;
  const telling = (async () => {
    for (let minute = 0; minute <= minutes; minute += every) {
      await tell(minute);
      await Promise.race([delay(every * 60_000), room.interruption]);
    }
  })();
  const load = [
    steadily(requestsPerSecond, request, end),
    steadily(jobsPerSecond, job, end),
    telling,
  ];
  await Promise.race([Promise.all(load), room.interruption]);
} finally {
  for (const end of ends) await end();
  room.close();
}
process.exitCode = counts.wrong + counts.failed > 0 ? 1 : 0;
