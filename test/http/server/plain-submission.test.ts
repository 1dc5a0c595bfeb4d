import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSocket, rawRequest, readAnswer, type RawAnswer } from '../../helpers/raw-request.ts';
import { served, startServed, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';

const write = { Authorization: 'Bearer secret' };

describe.each([
  ['that is open', {}, {}],
  ['with tokens', { tokens: [{ token: 'secret', role: 'write' }] }, write],
  ['where a token may read alone', { tokens: [{ token: 'secret', role: 'read' }] }, write],
  ['that names an origin', { corsOrigins: ['https://app.example'] }, {}],
  ['that takes small bodies alone', { limits: { bodyBytes: 40 } }, {}],
] as const)('a daemon %s answers a plain submission as its routes do', (_name, options, own) => {
  let daemon: Served;
  let gate: { open: () => void };
  beforeAll(async () => {
    daemon = await startServed(options);
    // A job that ended in between would make the second submission a hit.
    gate = daemon.runner.hold();
  });
  afterAll(() => {
    gate.open();
    return daemon.close();
  });

  it.each<[string, Record<string, string>, string]>([
    ['a job', {}, '{"features":{"a":1}}'],
    ['an id', { 'X-Request-Id': 'mine-1' }, '{"features":{"a":1}}'],
    ['a track', {}, '{"features":1,"track_id":"t"}'],
    ['text', { 'Content-Type': 'text/plain' }, '{"features":1}'],
    ['no JSON', {}, '{"features":'],
    ['broken UTF-8', {}, '{"features":"\xff"}'],
    ['an unknown field', {}, '{"nothing":1}'],
    ['a wrong field', {}, '{"features":1,"priority":"x"}'],
    ['a path that is not there', {}, '{"features_path":"/nowhere/x.json"}'],
    ['no features', {}, '{}'],
    ['white space', {}, ' '],
    ['no body', {}, ''],
    ['another host', { Host: 'evil.example' }, '{"features":1}'],
    ['another origin', { Origin: 'https://evil.example' }, '{"features":1}'],
    ['an allowed origin', { Origin: 'https://app.example' }, '{"features":1}'],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, '{"features":1}'],
    ['no token', { Authorization: '' }, '{"features":1}'],
    ['a wrong token', { Authorization: 'Bearer wrong' }, '{"features":1}'],
    ['a wait of no time', { Prefer: 'wait=0' }, '{"features":1}'],
    ['a compressed body', { 'Content-Encoding': 'gzip' }, '{"features":1}'],
  ])('with %s', async (_what, headers, body) => {
    const bytes = Buffer.from(body, 'latin1');
    const given = { Host: 'localhost', Connection: 'close', 'Content-Type': 'application/json' };
    const head = Object.entries({ ...given, ...own, ...headers })
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    const ask = async (path: string) =>
      comparable(
        await rawRequest(
          daemon.url,
          Buffer.concat([
            Buffer.from(`POST ${path} HTTP/1.1\r\n${head}Content-Length: ${bytes.length}\r\n\r\n`),
            bytes,
          ]),
        ),
      );
    // What has a query is left to the routes.
    expect(await ask('/echo/jobs')).toEqual(await ask('/echo/jobs?routes'));
  });
});

/** Without what no two answers have in common. */
function comparable({ status, head, body }: RawAnswer) {
  const headers = head
    .split('\r\n')
    .slice(1)
    .map(withoutIds)
    .filter((line) => !/^date:/i.test(line));
  return {
    status,
    headers: headers.map((line) => line.toLowerCase()).sort(),
    body: withoutIds(body),
  };
}

const withoutIds = (text: string): string =>
  text
    .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, 'ID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

describe('a plain submission', () => {
  it('is on record when it is answered, whatever pieces it came in', async () => {
    const daemon = await served();
    const socket = openSocket(daemon.url);
    const body = '{"features":{"in":"pieces"}}';
    socket.write(
      `POST /echo/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
    );
    await until(async () => (await inProgress(daemon)) >= 2);
    expect(await daemon.broker.jobs()).toMatchObject({ jobs: [] });
    socket.write(body.slice(9));
    const answer = await readAnswer(socket);
    expect(answer.status).toBe(202);
    const { job_id } = JSON.parse(answer.body) as { job_id: string };
    expect(answer.head).toContain(`location: /echo/jobs/${job_id}`);
    expect(await daemon.broker.job(job_id)).toMatchObject({ job_id });
  });

  it('leaves nothing behind where its client goes before the end of it', async () => {
    const daemon = await served();
    const socket = openSocket(daemon.url);
    socket.write(
      'POST /echo/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\n{"features"',
    );
    await until(async () => (await inProgress(daemon)) >= 2);
    socket.destroy();
    await until(async () => (await inProgress(daemon)) === 1);
    expect(await daemon.broker.jobs()).toMatchObject({ jobs: [] });
  });

  it('is counted by its route and status', async () => {
    const daemon = await served();
    await daemon.post('/echo/jobs', { features: 1 });
    await until(async () =>
      /^cab_http_requests_total\{method="POST",route="\/echo\/jobs",status="202"\} 1$/m.test(
        await (await daemon.get('/metrics')).text(),
      ),
    );
  });
});

/** The one that asks among them. */
async function inProgress(daemon: Served): Promise<number> {
  const text = await (await daemon.get('/metrics')).text();
  return Number(/^cab_http_requests_in_progress (\d+)$/m.exec(text)?.[1]);
}
