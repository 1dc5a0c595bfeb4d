import { expect, it } from 'vitest';
import { manifestSchema } from '../../../src/core/model/entry/manifest.ts';
import { served } from '../../helpers/served.ts';

const longAgo = 'Thu, 01 Jan 1970 00:00:00 GMT';
const farAhead = 'Fri, 01 Jan 2100 00:00:00 GMT';

const places = {
  artifact: ({ entry }: Places) => `${entry}/historical_echo.json`,
  manifest: ({ entry }: Places) => `${entry}/manifest.json`,
  'manifest of no name': ({ entry }: Places) => entry,
  pointer: ({ pointer }: Places) => pointer,
};

interface Places {
  readonly entry: string;
  readonly pointer: string;
}

it.each(Object.entries(places))(
  'If-Match and If-Unmodified-Since count for the %s',
  async (_, placeOf) => {
    const daemon = await served();
    const { config_hash, source_hash } = await daemon.run('{}', { track_id: 'demo' });
    const path = placeOf({
      entry: `/echo/${config_hash}/${source_hash}`,
      pointer: '/echo/index/demo.json',
    });
    const ask = async (headers: Record<string, string>, method = 'GET') => {
      const answer = await fetch(daemon.url + path, { headers, method });
      const error = answer.status === 412 && method === 'GET' ? await answer.json() : undefined;
      if (error !== undefined) expect(error).toMatchObject({ error: 'precondition_failed' });
      await answer.body?.cancel().catch(() => undefined);
      return answer.status;
    };
    // Also once it is answered from memory.
    const first = await daemon.get(path);
    await first.text();
    const etag = first.headers.get('etag') ?? '';
    expect(await ask({})).toBe(200);
    expect(await ask({ 'if-match': etag })).toBe(200);
    expect(await ask({ 'if-match': `"other", ${etag}` })).toBe(200);
    expect(await ask({ 'if-match': '*' })).toBe(200);
    expect(await ask({ 'if-match': '"other"' })).toBe(412);
    expect(await ask({ 'if-match': '"other"' }, 'HEAD')).toBe(412);
    expect(await ask({ 'if-match': `W/${etag}` })).toBe(412);
    expect(await ask({ 'if-match': '"other"', 'if-none-match': etag })).toBe(412);
    expect(await ask({ 'if-match': etag, 'if-none-match': etag })).toBe(304);
    expect(await ask({ 'if-unmodified-since': longAgo })).toBe(412);
    expect(await ask({ 'if-unmodified-since': farAhead })).toBe(200);
    expect(await ask({ 'if-unmodified-since': 'yesterday' })).toBe(200);
    expect(await ask({ 'if-unmodified-since': longAgo, 'if-match': etag })).toBe(200);
  },
);

it('If-Unmodified-Since counts to the second', async () => {
  const daemon = await served();
  const { config_hash, source_hash } = await daemon.run('{}');
  const entry = await daemon.get(`/echo/${config_hash}/${source_hash}`);
  const created = Date.parse(manifestSchema.parse(await entry.json()).created_at ?? '');
  const ask = async (since: number) => {
    const headers = { 'if-unmodified-since': new Date(since).toUTCString() };
    const path = `/echo/${config_hash}/${source_hash}/historical_echo.json`;
    const answer = await daemon.get(path, headers);
    await answer.body?.cancel();
    return answer.status;
  };
  expect(await ask(created)).toBe(200);
  expect(await ask(created - 1000)).toBe(412);
});
