import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { endedRequest, rawRequest } from '../../helpers/raw-request.ts';
import { seeded } from '../../helpers/seeded.ts';
import { served } from '../../helpers/served.ts';

/** `CAB_TEST_FUZZ_REQUESTS=100000` for the long form, `CAB_TEST_FUZZ_SEED` to see one run again. */
const requests = Number(process.env['CAB_TEST_FUZZ_REQUESTS'] ?? 5000);
const seed = Number(process.env['CAB_TEST_FUZZ_SEED'] ?? 1);
const lanes = 16;

it(
  `survives ${requests} random and malformed requests (seed ${seed})`,
  { timeout: 60_000 + requests * 20 },
  async () => {
    const daemon = await served({
      limits: { headersMs: 500, requestMs: 1000, bodyBytes: 1 << 16 },
    });
    const job = await daemon.run('{"a":1}', { track_id: 't' });
    const known = [
      '/echo/jobs',
      '/echo/jobs',
      '/echo/jobs',
      '/echo/explain',
      '/echo/index/t.json',
      '/echo/index/t/history.json',
      `/echo/jobs/${job.job_id}`,
      `/echo/jobs/${job.job_id}/log`,
      `/echo/jobs/${job.job_id}/events`,
      `/echo/${job.config_hash}/${job.source_hash}`,
      `/echo/${job.config_hash}/${job.source_hash}/historical_echo.json`,
    ];
    const random = seeded(seed);
    const statuses = new Map<number, number>();
    let left = requests;
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        const { text, isBroken } = fuzzed(random, known);
        // Who says that nothing more will come is no longer listening to node, whole request or not.
        const { status, body } = await (isBroken ? endedRequest : rawRequest)(daemon.url, text);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(
          status,
          `${JSON.stringify(text.toString('latin1').slice(0, 600))}\n${body}`,
        ).toBeLessThan(500);
      }
    };
    const run = () => Promise.all(Array.from({ length: lanes }, lane));

    left = Math.min(1000, requests);
    await run();
    const before = heapUsed();
    left = requests;
    await run();
    expect(heapUsed() - before).toBeLessThan(40 << 20);
    // It must have come to all kinds of answers, or it tried nothing.
    for (const status of [200, 202, 400, 403, 404, 405, 413, 415])
      expect(Object.fromEntries(statuses)).toHaveProperty(String(status));
    expect((await daemon.run('{"after":1}')).status).toBe('done');
  },
);

type Random = () => number;

function fuzzed(random: Random, known: readonly string[]): { text: Buffer; isBroken: boolean } {
  const pick = <T>(items: readonly [T, ...T[]] | readonly T[]): T => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const target = random() < 0.4 ? pick(known) : targetOf(random, pick);
  const method = pick([
    'GET',
    'GET',
    'GET',
    'HEAD',
    'POST',
    'POST',
    'DELETE',
    'PUT',
    'OPTIONS',
    'FOO',
    '',
  ]);
  const body = method === 'POST' || random() < 0.1 ? bodyOf(random, pick) : Buffer.alloc(0);
  const headers = ['Host: localhost', 'Connection: close'];
  for (const [name, values] of Object.entries(headerValues))
    if (random() < 0.12) headers.push(`${name}: ${pick(values)}`);
  if (body.length > 0)
    headers.push(`Content-Length: ${body.length}`, 'Content-Type: application/json');
  const head = `${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;
  const text = Buffer.concat([Buffer.from(head, 'latin1'), body]);
  const isBroken = random() < 0.15;
  return { text: isBroken ? broken(text, random) : text, isBroken };
}

const headerValues: Record<string, readonly string[]> = {
  Range: ['bytes=0-', 'bytes=-1', 'bytes=9-3', 'bytes=0-0,1-1', 'bytes=\xff', 'x=1'],
  'If-None-Match': ['*', '"', 'W/', ',,,', `"${'a'.repeat(64)}"`, '\xe9'],
  'If-Range': ['"x"', 'yesterday'],
  Prefer: ['wait=0', 'wait=-1', 'wait=1e9', 'wait', '=;,', 'wait=99999999999999999999'],
  'Last-Event-ID': ['0', '-1', 'x', '9'.repeat(40)],
  Origin: ['null', 'http://evil.example', 'http://localhost'],
  Host: ['evil.example', '', '[', 'localhost:x'],
  'Sec-Fetch-Site': ['none', 'cross-site'],
  Authorization: ['Bearer', 'Bearer x', 'Basic \x80'],
  'Content-Type': ['text/plain', 'application/json; charset=x', '/', 'application/json/json', ';'],
  'Content-Length': ['-1', '99999999999', 'x', '0'],
  'Transfer-Encoding': ['chunked', 'gzip', 'chunked, chunked'],
  'X-Request-Id': ['a', '\xff', 'x'.repeat(500)],
  'X-Long': ['x'.repeat(20_000)],
  Expect: ['100-continue', 'the unexpected'],
  Upgrade: ['websocket', 'h2c'],
};

const words = [
  'echo',
  'jobs',
  'index',
  'events',
  'explain',
  't.json',
  'history.json',
  'log',
  'retry',
  'healthz',
  'readyz',
  'metrics',
  'openapi.json',
  '..',
  '%2e%2e',
  '%00',
  '%2f',
  '%',
  '%ff',
  'a',
  'manifest.json',
  '夜',
  '\xff',
  ' ',
  '',
  '__proto__',
  'x'.repeat(200),
] as const;

function targetOf(random: Random, pick: <T>(items: readonly T[]) => T): string {
  const path = Array.from({ length: Math.floor(random() * 5) }, () => pick(words)).join('/');
  const names = ['status', 'limit', 'cursor', 'track', 'wait', 'from', 'after', 'x'];
  const query = Array.from(
    { length: Math.floor(random() * 3) },
    () =>
      `${pick(names)}=${pick(['0', '1', '-1', '1e3', 'done', '%', '%00', '', 'NaN', '9'.repeat(30)])}`,
  );
  // A stream of all events would not end.
  const target = `${random() < 0.5 ? '/echo/' : '/'}${path}`.replace(
    /^\/echo\/events\/?$/,
    '/echo/jobs',
  );
  return query.length > 0 ? `${target}?${query.join('&')}` : target;
}

function bodyOf(random: Random, pick: <T>(items: readonly T[]) => T): Buffer {
  const values = [
    '1',
    '-0',
    '1e400',
    'null',
    'true',
    '"x"',
    '""',
    '{}',
    '[]',
    '[1,{"a":"\\ud800"}]',
    'NaN',
    '{"a":1,"a":2}',
    '"\\u0000"',
    '"/etc/passwd"',
    '"/dev/zero"',
    '"/tmp"',
    '"."',
    '9'.repeat(400),
    '{"__proto__":{"x":1}}',
    `${'['.repeat(500)}${']'.repeat(500)}`,
    `"${'é'.repeat(100)}"`,
    `"${'x'.repeat(40_000)}"`,
    '',
  ];
  const fields = [
    'features',
    'features',
    'features_path',
    'track_id',
    'run_id',
    'config_hash',
    'db_path',
    'db_hash',
    'probe',
    'runner_kwargs',
    'priority',
    'timeout_s',
    'max_attempts',
    'force',
    '__proto__',
    '\\u0066eatures',
  ];
  const members = Array.from(
    { length: Math.floor(random() * 4) },
    () => `"${pick(fields)}":${pick(values)}`,
  );
  if (random() < 0.3) members.push('"features":{"n":1}');
  if (random() < 0.05) members.push(`"probe":"${'y'.repeat(70_000)}"`);
  const text = Buffer.from(`{${members.join(',')}}`);
  return random() < 0.2 ? broken(text, random) : text;
}

/** Some bytes changed, taken out or doubled; perhaps cut short. */
function broken(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let n = Math.ceil(random() * 4); n > 0; n--) {
    const at = Math.floor(random() * (result.length + 1));
    const kind = random();
    if (kind < 0.4) result.fill(Math.floor(random() * 256), at, Math.min(at + 1, result.length));
    else if (kind < 0.7) result = Buffer.concat([result.subarray(0, at), result.subarray(at + 1)]);
    else result = Buffer.concat([result.subarray(0, at), result.subarray(Math.max(0, at - 8))]);
  }
  return result;
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  new Script('gc()').runInNewContext();
  return process.memoryUsage().heapUsed;
}
