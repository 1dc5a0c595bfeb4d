import { describe, expect, it } from 'vitest';
import { rawRequest, requestText } from '../../helpers/raw-request.ts';
import { served } from '../../helpers/served.ts';

const routes = [
  ['GET', '/echo/jobs'],
  ['POST', '/echo/jobs'],
  ['POST', '/echo/explain'],
  ['GET', '/echo/jobs/x'],
  ['DELETE', '/echo/jobs/x'],
  ['POST', '/echo/jobs/x/retry'],
  ['GET', '/echo/jobs/x/log'],
  ['GET', '/echo/jobs/x/events'],
  ['GET', '/echo/events'],
  ['GET', '/echo/index'],
  ['GET', '/echo/index/x.json'],
  ['GET', '/echo/index/x/history.json'],
  ['GET', '/echo/a/b'],
  ['GET', '/echo/a/b/c'],
  ['GET', '/metrics'],
  ['GET', '/openapi.json'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
] as const;

describe('a web page that the user happens to visit', () => {
  it.each(routes)('gets nothing from %s %s', async (method, path) => {
    const { url, broker } = await served();
    const body = method === 'POST' ? '{"features":{}}' : '';
    const attacks: Record<string, string>[] = [
      { Host: 'evil.example' },
      { Host: 'evil.example:8099' },
      { Host: 'localhost.evil.example' },
      { Host: '127.0.0.1.evil.example' },
      { Host: 'evil.example', Origin: 'http://evil.example' },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: 'http://localhost:3000' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://localhost' },
    ];
    for (const headers of attacks) {
      const answer = await rawRequest(
        url,
        requestText(method, path, { 'Content-Type': 'application/json', ...headers }, body),
      );
      expect(answer.status, JSON.stringify(headers)).toBe(403);
      expect(answer.head).not.toMatch(/access-control-/i);
      expect(JSON.parse(answer.body)).toMatchObject({
        error: expect.stringMatching(/^(host|origin)_refused$/) as string,
      });
    }
    expect((await broker.jobs()).jobs).toEqual([]);
  });

  it.each([
    'text/plain',
    'text/plain; of="application/json;"',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '',
  ])('cannot submit by a form of the type %j', async (type) => {
    const { url, broker } = await served();
    const answer = await rawRequest(
      url,
      requestText('POST', '/echo/jobs', { 'Content-Type': type }, '{"features":{}}'),
    );
    expect(answer.status).toBe(415);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'unsupported_media_type' });
    expect((await broker.jobs()).jobs).toEqual([]);
  });

  it('is told nothing by a preflight', async () => {
    const { url } = await served();
    const answer = await rawRequest(
      url,
      requestText('OPTIONS', '/echo/jobs', {
        Origin: 'https://evil.example',
        'Access-Control-Request-Method': 'POST',
      }),
    );
    expect(answer.status).toBe(403);
    expect(answer.head).not.toMatch(/access-control-/i);
  });
});

describe('programs on this machine', () => {
  it.each(['localhost', 'LOCALHOST:8099', '127.0.0.1', '127.0.0.1:1', '[::1]:8099', '127.1.2.3'])(
    'reach it as %s',
    async (host) => {
      const { url } = await served();
      expect((await rawRequest(url, requestText('GET', '/echo/jobs', { Host: host }))).status).toBe(
        200,
      );
    },
  );

  it('send JSON as any JSON type, or without saying so', async () => {
    const { url } = await served();
    for (const type of [
      'application/json',
      'application/json;charset=utf-8',
      'Application/LD+JSON',
    ])
      expect(
        (
          await rawRequest(
            url,
            requestText('POST', '/echo/jobs', { 'Content-Type': type }, '{"features":{}}'),
          )
        ).status,
      ).toBe(202);
    const silent = await rawRequest(url, requestText('POST', '/echo/jobs', {}, '{"features":{}}'));
    expect(silent.status).toBe(202);
    const packed = await rawRequest(
      url,
      requestText('POST', '/echo/jobs', { 'Content-Encoding': 'gzip' }, '{"features":{}}'),
    );
    expect(packed.status).toBe(415);
  });

  it('reach it by a further name that was allowed', async () => {
    const { url } = await served({ allowedHosts: ['broker.example'] });
    const status = async (host: string) =>
      (await rawRequest(url, requestText('GET', '/echo/jobs', { Host: host }))).status;
    expect(await status('Broker.example:443')).toBe(200);
    expect(await status('other.example')).toBe(403);
  });
});

describe('an origin that is allowed', () => {
  const origin = 'https://app.example';

  it('may read, submit, and see the headers that matter', async () => {
    const { get, post } = await served({ corsOrigins: [origin] });
    const answer = await get('/echo/jobs', { origin, 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-expose-headers')).toContain('ETag');
    expect(answer.headers.get('vary')).toContain('Origin');
    expect((await post('/echo/jobs', { features: {} }, { origin })).status).toBe(202);
    const failed = await get('/echo/jobs/nothing', { origin });
    expect(failed.status).toBe(404);
    expect(failed.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it('is let through by its preflight, without a token', async () => {
    const { url } = await served({
      corsOrigins: [origin],
      tokens: [{ token: 'secret', role: 'write' }],
    });
    const preflight = (from: string) =>
      fetch(`${url}/echo/jobs/x`, {
        method: 'OPTIONS',
        headers: {
          origin: from,
          'access-control-request-method': 'DELETE',
          'access-control-request-headers': 'authorization',
        },
      });
    const answer = await preflight(origin);
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-allow-methods')).toContain('DELETE');
    expect(answer.headers.get('access-control-allow-headers')).toContain('Authorization');
    const other = await preflight('https://evil.example');
    expect(other.status).toBe(403);
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('tokens', () => {
  const tokens = [
    { token: 'reader', role: 'read' },
    { token: 'writer', role: 'write' },
  ] as const;

  it.each(routes.filter(([, path]) => !path.endsWith('z')))(
    'are asked for by %s %s',
    async (method, path) => {
      const { url } = await served({ tokens });
      const ask = (headers: Record<string, string>) =>
        fetch(url + path, { method, headers, ...(method === 'POST' && { body: '{}' }) });
      for (const authorization of [
        '',
        'Bearer wrong',
        'Bearer',
        'Basic cmVhZGVy',
        'Bearer readerr',
      ]) {
        const answer = await ask(authorization === '' ? {} : { authorization });
        expect(answer.status, authorization).toBe(401);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
        expect(await answer.json()).toMatchObject({ error: 'unauthorized' });
      }
      const answer = await ask({ authorization: 'Bearer reader' });
      await answer.body?.cancel();
      if (method === 'GET') expect([200, 404]).toContain(answer.status);
      else expect(answer.status).toBe(403);
    },
  );

  it('with the role write may do all', async () => {
    const { post, get } = await served({ tokens });
    const authorization = 'bearer writer';
    expect((await post('/echo/jobs', { features: {} }, { authorization })).status).toBe(202);
    expect((await get('/echo/jobs', { authorization })).status).toBe(200);
  });

  it('are not asked for by probes of life', async () => {
    const { get } = await served({ tokens });
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });
});
