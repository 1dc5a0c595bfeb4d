import { describe, expect, it } from 'vitest';
import { rawRequest, requestText } from '../../helpers/raw-request.ts';
import { served } from '../../helpers/served.ts';

const twoHosts = (method: string, path: string, body = ''): string =>
  requestText(method, path, { 'Content-Type': 'application/json' }, body).replace(
    'Host: localhost\r\n',
    'Host: localhost\r\nhost: evil.example\r\n',
  );

describe('a request', () => {
  it.each([
    ['GET', '/healthz', ''],
    ['POST', '/echo/jobs', '{"features":{}}'],
  ])('with two hosts is none: %s %s', async (method, path, body) => {
    const { url, broker } = await served();
    const answer = await rawRequest(url, twoHosts(method, path, body));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_request' });
    expect((await broker.jobs()).jobs).toEqual([]);
  });

  it('with two hosts is none where the answer lies in memory', async () => {
    const { url, run, get } = await served();
    await run('{}', { track_id: 'demo' });
    for (let n = 0; n < 2; n += 1) await (await get('/echo/index/demo.json')).text();
    expect((await rawRequest(url, twoHosts('GET', '/echo/index/demo.json'))).status).toBe(400);
  });

  it('whose target is a whole URL is for the host of that', async () => {
    const { url, run } = await served();
    await run('{}', { track_id: 'demo' });
    for (const path of ['/healthz', '/echo/index/demo.json']) {
      const ours = await rawRequest(url, requestText('GET', url + path, { Host: 'evil.example' }));
      expect(ours.status).toBe(200);
      const other = await rawRequest(url, requestText('GET', `http://evil.example${path}`));
      expect(other.status).toBe(403);
      expect(JSON.parse(other.body)).toMatchObject({ error: 'host_refused' });
    }
  });

  it.each([
    ['application/json; charset=iso-8859-1', 415],
    ['application/json;charset="utf-16"', 415],
    ['application/json; version=1; charset=latin1', 415],
    ['application/json; charset=utf-8', 202],
    ['application/json; version=1; charset="UTF-8"', 202],
    ['application/json; version=1', 202],
  ])('said to be %s is answered %i', async (type, status) => {
    const { post } = await served();
    const answer = await post('/echo/jobs', { features: {} }, { 'content-type': type });
    expect(answer.status).toBe(status);
    if (status === 415)
      expect(await answer.json()).toMatchObject({ error: 'unsupported_media_type' });
  });
});
