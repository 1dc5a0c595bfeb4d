import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../../helpers/raw-request.ts';
import { served, startServed, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';
import { fromMemory, warmed } from '../../helpers/warmed.ts';

const token = { authorization: 'Bearer secret' };

describe.each([
  ['that is open', {}, {}],
  ['with tokens', { tokens: [{ token: 'secret', role: 'read' }] }, token],
  ['that names origins', { corsOrigins: ['https://app.example', 'https://b.example'] }, {}],
  ['that names one origin', { corsOrigins: ['https://app.example'] }, {}],
  ['that sends bare tags', { bareEtags: true }, {}],
] as const)('a daemon %s answers from memory as it does from the disk', (_name, options, own) => {
  let daemon: Served;
  let cached: Awaited<ReturnType<typeof warmed>>;
  beforeAll(async () => {
    daemon = await startServed(options);
    cached = await warmed(daemon, own);
  });
  afterAll(() => daemon.close());

  it.each<[string, boolean, Record<string, string>]>([
    ['GET', true, {}],
    ['HEAD', true, {}],
    ['GET', true, { 'If-None-Match': '"ETAG"' }],
    ['HEAD', true, { 'If-None-Match': 'ETAG' }],
    ['GET', true, { 'If-None-Match': 'W/"ETAG", "other"' }],
    ['GET', true, { 'If-None-Match': '*' }],
    ['GET', true, { 'If-None-Match': '"other"' }],
    ['GET', true, { 'If-Range': '"ETAG"' }],
    ['HEAD', true, { Range: 'bytes=0-3' }],
    ['GET', true, { 'X-Request-Id': 'mine-1' }],
    ['GET', true, { 'X-Request-Id': 'not one {' }],
    ['GET', true, { 'Sec-Fetch-Site': 'none' }],
    ['GET', true, { 'Content-Type': 'text/plain' }],
    ['GET', true, { 'Cache-Control': 'no-cache' }],
    ['GET', false, { Range: 'bytes=0-3' }],
    ['GET', false, { Range: 'bytes=0-3', 'If-Range': '"ETAG"' }],
    ['GET', false, { Range: 'bytes=0-3', 'If-Range': '"other"' }],
    ['GET', false, { Range: 'bytes=9999-' }],
    ['GET', false, { Host: 'evil.example' }],
    ['GET', false, { Origin: 'https://evil.example' }],
    ['GET', false, { Origin: 'https://app.example' }],
    ['GET', false, { Origin: 'http://localhost' }],
    ['GET', false, { 'Sec-Fetch-Site': 'cross-site' }],
    ['GET', false, { 'Sec-Fetch-Site': 'same-site', 'If-None-Match': '*' }],
    ['GET', false, { 'Content-Encoding': 'gzip' }],
    ['GET', false, { 'Content-Length': '0' }],
    ['POST', false, {}],
    ['OPTIONS', false, {}],
  ])('%s (from memory: %s) %o', async (method, isCached, headers) => {
    const sent = Object.entries({ Host: 'localhost', Connection: 'close', ...own, ...headers })
      .map(([name, value]) => `${name}: ${value.replaceAll('ETAG', cached.digest)}\r\n`)
      .join('');
    const ask = async (path: string, version = '1.1') =>
      comparable(await rawRequest(daemon.url, `${method} ${path} HTTP/${version}\r\n${sent}\r\n`));
    const before = await fromMemory(daemon, own);
    const answers = [await ask(cached.path), await ask(cached.path, '1.0')];
    expect(await fromMemory(daemon, own)).toBe(before + (isCached ? 2 : 0));
    // What has a query is never in memory.
    expect(answers).toEqual([
      await ask(`${cached.path}?cold`),
      await ask(`${cached.path}?cold`, '1.0'),
    ]);
    expect(await fromMemory(daemon, own)).toBe(before + (isCached ? 2 : 0));
  });

  it.each(Object.keys(own))('refuses who has no %s, or a wrong one', async (name) => {
    for (const value of [undefined, 'Bearer wrong', 'Basic secret']) {
      const given = value === undefined ? '' : `${name}: ${value}\r\n`;
      const ask = async (path: string) =>
        comparable(
          await rawRequest(
            daemon.url,
            `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${given}\r\n`,
          ),
        );
      const answer = await ask(cached.path);
      expect(answer.status).toBe(401);
      expect(answer).toEqual(await ask(`${cached.path}?cold`));
    }
  });
});

/** Without what differs from one answer to the next, whoever gives it. */
function comparable({ status, head, body }: { status: number; head: string; body: string }) {
  const lines = head
    .replace(/^Date: .*$/m, 'Date: now')
    .replace(/^(x-request-id: )[0-9a-f-]{36}$/m, '$1random')
    .replace('?cold', '')
    // A refusal may name the path.
    .replace(status === 405 ? `content-length: ${Buffer.byteLength(body)}` : '', '');
  return { status, head: lines, body: body.replaceAll('?cold', '') };
}

describe('an answer from memory', () => {
  it('is logged and counted as any other', async () => {
    const lines: string[] = [];
    const daemon = await served({
      logger: pino({ base: null, timestamp: false }, { write: (line) => lines.push(line) }),
    });
    const { path } = await warmed(daemon);
    const requests = () => lines.filter((line) => line.includes(path));
    for (const query of ['', '?cold', ''])
      await (await daemon.get(path + query, { 'x-request-id': 'id' })).arrayBuffer();
    await until(() => requests().length === 4);
    const [, ...compared] = requests().map((line) => line.replace('?cold', ''));
    const like: unknown = {
      ...{ level: 30, msg: 'request', request_id: 'id', ms: expect.any(Number) as unknown },
      ...{ method: 'GET', url: path, status: 200 },
    };
    expect(compared.map((line): unknown => JSON.parse(line))).toEqual([like, like, like]);
    const figures = await (await daemon.get('/metrics')).text();
    expect(figures).toContain(
      'cab_http_requests_total{method="GET",route="/echo/:config_hash/:source_hash/*",status="200"} 4',
    );
    expect(figures).toContain('cab_files_served_total{outcome="whole"} 4');
    expect(figures).toContain('cab_files_from_memory_total 2');
    expect(figures).toContain(
      'cab_http_request_duration_seconds_count{route="/echo/:config_hash/:source_hash/*"} 4',
    );
    await until(async () =>
      (await (await daemon.get('/metrics')).text()).includes('cab_http_requests_in_progress 1\n'),
    );
  });
});
