/** The proxy configurations of examples/operations, each in its own program before a real daemon. */
import { once } from 'node:events';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { installed } from '../helpers/installed.ts';
import { startProxy } from '../helpers/proxy.ts';
import { rawRequest } from '../helpers/raw-request.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

interface Pointer {
  readonly config_hash: string;
  readonly source_hash: string;
  readonly artifact: string;
  readonly etag: string;
  readonly track_id: string;
}

let dir: string;
let root: string;
let url: string;
beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'root');
});

/** A job whose input is 0 runs until the test says so. */
const runner = `sh:if [ "$(cat "$CAB_FEATURES_PATH")" = 0 ]; then while [ ! -e "$CAB_TEST_GO" ]; do sleep 0.02; done; fi
cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"`;

async function submit(features: unknown, track_id: string, headers = {}): Promise<Response> {
  return fetch(`${url}/echo/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ features, track_id }),
  });
}

async function run(features: unknown, track_id: string): Promise<void> {
  const answer = await submit(features, track_id, { prefer: 'wait=30' });
  expect(await answer.json()).toMatchObject({ status: 'done' });
}

const get = (path: string, headers = {}) => fetch(url + path, { headers });

const pointerTo = async (track: string): Promise<Pointer> =>
  (await (await get(`/echo/index/${encodeURIComponent(track)}.json`)).json()) as Pointer;

const artifactOf = ({ artifact }: Pointer): string => artifact;

describe.each([
  { example: 'nginx.conf', program: installed('nginx') },
  { example: 'nginx-files.conf', program: installed('nginx') },
  { example: 'Caddyfile', program: installed('caddy') },
  { example: 'Caddyfile.files', program: installed('caddy') },
])('behind $example', ({ example, program }) => {
  beforeEach(async ({ skip }) => {
    if (program === undefined) return skip(`${example}: its program is not installed`);
    const env = { CAB_TEST_GO: join(dir, 'go') };
    const args = ['--runner', runner, '--artifact-name', 'historical_echo.json'];
    const daemon = await daemonProcess({ root, cwd: dir, args, env });
    url = await startProxy({ example, program, dir: join(dir, 'proxy'), root, url: daemon.url });
  });

  it('takes a job, tells of it as it happens, and answers with the id of the request', async () => {
    const accepted = await submit(0, 'song', { 'x-request-id': 'mine' });
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('x-request-id')).toBe('mine');
    const job = accepted.headers.get('location') ?? '';
    const stream = await get(`${job}/events`);
    let seen = '';
    if (stream.body === null) throw new Error('the answer has no body');
    const text = Readable.fromWeb(stream.body).setEncoding('utf8');
    text.on('data', (piece: string) => (seen += piece));
    const ended = once(text, 'end');
    // The job runs on: what is seen now was not held back until the end.
    await until(() => seen.includes('event: started'));
    expect(seen).not.toContain('event: end');
    await writeFile(join(dir, 'go'), '');
    await ended;
    expect(seen).toContain('event: end');
    expect(await (await get(`${job}?wait=30`)).json()).toMatchObject({ status: 'done' });
  });

  it('hands out artifacts as final, and in parts', async () => {
    await run({ n: 1 }, 'song');
    const path = artifactOf(await pointerTo('song'));
    const whole = await get(path);
    expect(await whole.text()).toBe('{"n":1}');
    expect(whole.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(whole.headers.get('content-type')).toBe('application/json');
    expect(whole.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    const tag = whole.headers.get('etag') ?? '';
    expect((await get(path, { 'if-none-match': tag })).status).toBe(304);
    const part = await get(path, { range: 'bytes=1-3' });
    expect([part.status, await part.text()]).toEqual([206, '"n"']);
    expect((await fetch(url + path, { method: 'POST' })).status).toBe(405);
    const none = await get(path.replace('/historical', '/no'));
    expect([none.status, none.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it('finds the pointer of each track, whatever its file is named', async () => {
    const tracks = ['song', 'a/b', '100%', 'a%2Fb', '...and a dot', '夜に駆ける'];
    for (const [n, track] of tracks.entries()) await run(n + 1, track);
    for (const track of tracks) expect(await pointerTo(track)).toMatchObject({ track_id: track });
  });

  it('never calls a pointer unchanged that was changed within a second', async () => {
    await run({ n: 1 }, 'song');
    const file = join(root, 'echo/index/song.json');
    const second = Math.floor(Date.now() / 1000) - 100;
    await utimes(file, second, second + 0.1);
    const first = await get('/echo/index/song.json');
    await run({ n: 2 }, 'song');
    await utimes(file, second, second + 0.9);
    const condition = {
      'if-none-match': first.headers.get('etag') ?? '"none"',
      'if-modified-since': first.headers.get('last-modified') ?? new Date(0).toUTCString(),
    };
    const now = await get('/echo/index/song.json', condition);
    expect(now.status).toBe(200);
    expect(await now.text()).toBe(await readFile(file, 'utf8'));
    expect(now.headers.get('cache-control')).toBe('max-age=60');
  });

  it('serves nothing of what is private', async () => {
    const paths = [
      '/.cab/jobs.db',
      '/.cab/daemon.json',
      '/echo/../.cab/jobs.db',
      '/echo/%2e%2e/.cab/jobs.db',
      '/echo/..%2f.cab%2fjobs.db',
      '/echo/index/..%2f..%2f.cab%2fdaemon.json',
      '//.cab/jobs.db',
    ];
    await run({ n: 1 }, 'song');
    for (const path of paths) {
      const request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`;
      const { status, body } = await rawRequest(url, request);
      expect([400, 404], path).toContain(status);
      expect(body).not.toMatch(/SQLite format|"pid"/);
    }
  });
});
