import { createHash, randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSocket, requestText } from '../../helpers/raw-request.ts';
import { startServed, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';

const large = randomBytes(5 << 20);
const digest = createHash('sha256').update(large).digest('hex');

describe('delivery of artifacts', () => {
  let daemon: Served;
  let bare: Served;
  let url: string;
  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    fetch(daemon.url + url, { headers, method });

  beforeAll(async () => {
    daemon = await startServed();
    url = await artifactOf(daemon);
    bare = await startServed({ bareEtags: true });
  });
  afterAll(async () => {
    await daemon.close();
    await bare.close();
  });

  it('sends the whole with its digest, type and size', async () => {
    const answer = await get();
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag: `"${digest}"`,
      'content-length': String(large.length),
      'content-type': 'application/json',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'repr-digest': `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`,
      'content-security-policy': "default-src 'none'; sandbox",
    });
    expect(Buffer.from(await answer.arrayBuffer()).equals(large)).toBe(true);
  });

  it.each([
    [`"${digest}"`, 304],
    [`W/"${digest}"`, 304],
    [digest, 304],
    ['*', 304],
    [`"other", W/"another" ,"${digest}"`, 304],
    ['"other"', 200],
    [`"${digest.slice(1)}"`, 200],
    [`""`, 200],
  ])('compares If-None-Match: %s', async (tag, status) => {
    const answer = await get({ 'if-none-match': tag });
    expect(answer.status).toBe(status);
    if (status === 304) {
      expect(answer.headers.get('etag')).toBe(`"${digest}"`);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(await answer.text()).toBe('');
    } else await answer.body?.cancel();
  });

  it('answers HEAD as GET, without the bytes', async () => {
    const answer = await get({ range: 'bytes=0-9' }, 'HEAD');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe(String(large.length));
    expect(answer.headers.get('etag')).toBe(`"${digest}"`);
    expect((await get({ 'if-none-match': digest }, 'HEAD')).status).toBe(304);
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=100-', 100, large.length],
    ['bytes=-5', large.length - 5, large.length],
    [`bytes=-${large.length * 2}`, 0, large.length],
    [`bytes=10-${large.length * 2}`, 10, large.length],
    ['BYTES=3-3', 3, 4],
  ])('sends the range %s', async (range, start, end) => {
    const answer = await get({ range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${large.length}`);
    expect(answer.headers.get('content-length')).toBe(String(end - start));
    expect(Buffer.from(await answer.arrayBuffer()).equals(large.subarray(start, end))).toBe(true);
  });

  it.each([`bytes=${large.length}-`, 'bytes=99999999999999999999-', 'bytes=-0'])(
    'cannot satisfy %s',
    async (range) => {
      const answer = await get({ range });
      expect(answer.status).toBe(416);
      expect(answer.headers.get('content-range')).toBe(`bytes */${large.length}`);
      expect(await answer.json()).toMatchObject({ error: 'range_not_satisfiable' });
    },
  );

  it.each([
    'bytes=5-2',
    'bytes=0-1,5-6',
    'lines=0-1',
    'bytes=a-b',
    'bytes',
    'bytes=-',
    'bytes=1-2-3',
  ])('sends the whole for %s', async (range) => {
    const answer = await get({ range });
    expect(answer.status).toBe(200);
    expect((await answer.arrayBuffer()).byteLength).toBe(large.length);
  });

  it('minds If-Range', async () => {
    const status = async (tag: string) => {
      const answer = await get({ range: 'bytes=0-0', 'if-range': tag });
      await answer.body?.cancel();
      return answer.status;
    };
    expect(await status(`"${digest}"`)).toBe(206);
    expect(await status(digest)).toBe(206);
    expect(await status(`W/"${digest}"`)).toBe(200);
    expect(await status('"other"')).toBe(200);
    expect(await status('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(200);
  });

  it('sends bare tags where it is told to', async () => {
    const path = await artifactOf(bare);
    const answer = await bare.get(path, { 'if-none-match': `"${digest}"` });
    expect(answer.status).toBe(304);
    expect(answer.headers.get('etag')).toBe(digest);
  });

  it('sends further outputs by their own type, and never a page that acts as ours', async () => {
    daemon.runner.behave = async ({ artifact_path }) => {
      await writeFile(artifact_path, 'main');
      await writeFile(join(dirname(artifact_path), 'page.html'), '<script>alert(1)</script>');
      return { artifact: artifact_path, manifest: null };
    };
    const job = await daemon.run('{"page":1}');
    daemon.runner.behave = () => undefined;
    const names = await readdir(join(daemon.root, 'echo', job.config_hash, job.source_hash));
    expect(names).toContain('page.html');
    const answer = await daemon.get(`/echo/${job.config_hash}/${job.source_hash}/page.html`);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
    expect((await daemon.get(`/echo/${job.config_hash}/${job.source_hash}`)).status).toBe(200);
  });

  it.skipIf(process.platform !== 'linux')(
    'lets go of the file when the client leaves in the middle',
    async () => {
      const openFiles = async () => (await readdir('/proc/self/fd')).length;
      const before = await openFiles();
      const sockets = Array.from({ length: 20 }, () => {
        const socket = openSocket(daemon.url);
        socket.write(requestText('GET', url));
        socket.once('data', () => socket.pause());
        return socket;
      });
      await until(() => sockets.every(({ bytesRead }) => bytesRead > 0));
      for (const socket of sockets) socket.destroy();
      await until(async () => (await openFiles()) <= before + 2);
      expect((await get({ range: 'bytes=0-0' })).status).toBe(206);
    },
  );
});

async function artifactOf({ runner, run }: Served): Promise<string> {
  runner.behave = async ({ artifact_path }) => {
    await writeFile(artifact_path, large);
    return { artifact: artifact_path, manifest: null };
  };
  const job = await run('{"large":true}');
  runner.behave = () => undefined;
  return `/echo/${job.config_hash}/${job.source_hash}/historical_echo.json`;
}
