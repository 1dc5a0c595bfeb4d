/** What a sender of entries is told, and what becomes visible. */
import { chmod, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { bytesOf, sealed } from '../../../src/core/hashing/manifest-seal.ts';
import { digestText } from '../../../src/http/wire/entry-transfer.ts';
import { offered } from '../../contract/upstream.ts';
import { served, type Served } from '../../helpers/served.ts';
import { inspectTree } from '../../helpers/tree.ts';

const key = { config_hash: 'c'.repeat(64), source_hash: 's'.repeat(64) };
const at = `/echo/${key.config_hash}/${key.source_hash}`;
const entry = (content = 'one') => offered(key, { 'a.json': content, log: 'log' });

type Headers = Record<string, string>;

const putFile = ({ url }: Served, content: string, headers: Headers = {}, path = '/a.json') =>
  fetch(url + at + path, {
    method: 'PUT',
    body: content,
    headers: {
      'content-type': 'application/octet-stream',
      'repr-digest': digestText(sha256(content)),
      ...headers,
    },
  });

const putManifest = ({ url }: Served, bytes: Uint8Array | string, headers: Headers = {}) =>
  fetch(url + at, {
    method: 'PUT',
    body: bytes,
    headers: { 'content-type': 'application/json', ...headers },
  });

const problem = async (answer: Response) => ({
  status: answer.status,
  ...((await answer.json()) as object),
});

async function sent(far: Served, content = 'one'): Promise<Response> {
  expect((await putFile(far, content)).status).toBe(204);
  expect((await putFile(far, 'log', {}, '/log')).status).toBe(204);
  return putManifest(far, entry(content).manifest);
}

it('shows nothing before the manifest, and the whole entry after it', async () => {
  const far = await served();
  const { manifest } = entry();
  expect(await problem(await putManifest(far, manifest))).toMatchObject({
    status: 409,
    error: 'files_missing',
    details: { count: 2, files: [{ path: 'a.json' }, { path: 'log', sha256: sha256('log') }] },
  });
  expect((await putFile(far, 'one')).status).toBe(204);
  expect((await far.get(`${at}/a.json`)).status).toBe(404);
  expect((await far.get(at)).status).toBe(404);
  expect(await problem(await putManifest(far, manifest))).toMatchObject({
    details: { count: 1, files: [{ path: 'log' }] },
  });
  expect((await putFile(far, 'log', {}, '/log')).status).toBe(204);
  const published = await putManifest(far, manifest);
  expect(published.status).toBe(201);
  expect(published.headers.get('location')).toBe(at);
  expect(await published.json()).toEqual({ outcome: 'published', ...key, etag: sha256('one') });
  expect(await (await far.get(`${at}/a.json`)).text()).toBe('one');
  expect(await (await far.get(at)).text()).toBe(Buffer.from(manifest).toString());
  expect(await inspectTree(far.root)).toMatchObject({ wrong: [], leftovers: [] });
});

it('takes the same entry as often as it is sent, and never another in its place', async () => {
  const far = await served();
  expect((await sent(far)).status).toBe(201);
  const again = await putManifest(far, entry().manifest);
  expect(again.status).toBe(200);
  expect(await again.json()).toMatchObject({ outcome: 'stands' });
  expect(await problem(await putFile(far, 'two'))).toMatchObject({
    status: 412,
    error: 'entry_exists',
  });
  expect(await problem(await putManifest(far, entry('two').manifest))).toMatchObject({
    status: 412,
    error: 'entry_exists',
    details: { etag: sha256('one') },
  });
  expect(await (await far.get(`${at}/a.json`)).text()).toBe('one');
});

it('replaces an entry whose bytes are damaged', async () => {
  const far = await served();
  await sent(far);
  const file = join(far.root, at, 'a.json');
  await chmod(file, 0o644);
  await writeFile(file, 'bad');
  expect(await problem(await putManifest(far, entry().manifest))).toMatchObject({
    error: 'files_missing',
  });
  expect((await putFile(far, 'one')).status).toBe(204);
  expect((await putFile(far, 'log', {}, '/log')).status).toBe(204);
  expect((await putManifest(far, entry().manifest)).status).toBe(201);
  expect(await (await far.get(`${at}/a.json`)).text()).toBe('one');
});

describe('a file is refused', () => {
  it.each<[string, (far: Served) => Promise<Response>, number, string]>([
    ['without a digest', (far) => putFile(far, 'one', { 'repr-digest': '' }), 400, 'repr-digest'],
    [
      'of another digest',
      (far) => putFile(far, 'one', { 'repr-digest': digestText(sha256('two')) }),
      400,
      'do not match',
    ],
    [
      'that is not said to be bytes',
      (far) => putFile(far, 'one', { 'content-type': 'text/plain' }),
      415,
      '',
    ],
    [
      'that is said to be JSON',
      (far) => putFile(far, '{}', { 'content-type': 'application/json' }),
      415,
      '',
    ],
    ['that is compressed', (far) => putFile(far, 'one', { 'content-encoding': 'gzip' }), 415, ''],
    ['with an encoded slash', (far) => putFile(far, 'one', {}, '/a%2Fb'), 400, ''],
    ['with a NUL', (far) => putFile(far, 'one', {}, '/a%00'), 400, ''],
    ['without a name', (far) => putFile(far, 'one', {}, '/'), 400, ''],
    [
      'that is larger than is taken',
      (far) => putFile(far, 'x'.repeat((1 << 20) + 1)),
      413,
      'larger',
    ],
  ])('%s', async (_, put, status, says) => {
    const far = await served();
    const answer = await problem(await put(far));
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer)).toContain(says);
    expect((await inspectTree(far.root)).entries).toEqual([]);
  });

  it('of unknown length', async () => {
    const far = await served();
    const headers = {
      'content-type': 'application/octet-stream',
      'repr-digest': digestText(sha256('one')),
    };
    const sending = request(`${far.url}${at}/a.json`, { method: 'PUT', headers });
    const status = new Promise((resolve) => sending.on('response', (r) => resolve(r.statusCode)));
    sending.write('on');
    sending.end('e');
    expect(await status).toBe(400);
  });
});

it.each<[string, (manifest: object) => object, string]>([
  ['another key', (m) => ({ ...m, config_hash: 'd'.repeat(64) }), 'another key'],
  [
    'a file out of the entry',
    (m) => ({
      ...m,
      files: [{ path: '../x', sha256: sha256('log'), size: 3, content_type: 'a/b' }],
    }),
    'no safe path',
  ],
  [
    'files larger than are taken',
    (m) => ({
      ...m,
      files: [{ path: 'x', sha256: sha256('log'), size: 2 ** 40, content_type: 'a/b' }],
    }),
    'more than the limit',
  ],
])('refuses a manifest of %s', async (_, change, says) => {
  const far = await served();
  const manifest = JSON.parse(Buffer.from(entry().manifest).toString()) as object;
  const bytes = bytesOf(sealed(change(manifest) as Parameters<typeof sealed>[0]));
  const answer = await problem(await putManifest(far, bytes));
  expect(answer).toMatchObject({ status: 400, error: 'invalid_request' });
  expect(JSON.stringify(answer)).toContain(says);
});

it('refuses a manifest that is none, and one without a seal', async () => {
  const far = await served();
  for (const bytes of ['', '{', '[]', JSON.stringify({ artifact: { sha256: sha256('one') } })])
    expect(await problem(await putManifest(far, bytes))).toMatchObject({ status: 400 });
});

it('takes a sender that left in the middle of a file for one that sent nothing', async () => {
  const far = await served();
  const headers = {
    ...{ 'content-type': 'application/octet-stream', 'content-length': 3 },
    'repr-digest': digestText(sha256('one')),
  };
  const sending = request(`${far.url}${at}/a.json`, { method: 'PUT', headers });
  sending.on('error', () => undefined);
  await new Promise<void>((resolve) => sending.write('on', () => resolve()));
  sending.destroy();
  expect((await sent(far)).status).toBe(201);
  expect(await text((await far.broker.open(key)).stream())).toBe('one');
  expect(await inspectTree(far.root)).toMatchObject({ wrong: [], leftovers: [] });
});

describe('only a caller who may write sends entries', () => {
  const tokens = [
    { token: 'reader', role: 'read' },
    { token: 'writer', role: 'write' },
  ] as const;

  it.each([
    [undefined, 401],
    ['other', 401],
    ['reader', 403],
    ['writer', 204],
  ])('with the token %s: %i', async (token, status) => {
    const far = await served({ tokens });
    const headers: Headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    expect((await putFile(far, 'one', headers)).status).toBe(status);
  });

  it('and nobody at a daemon that lets in everyone', async () => {
    const far = await served({ insecure: true });
    expect(await problem(await putFile(far, 'one'))).toMatchObject({
      status: 403,
      error: 'forbidden',
    });
    expect(await problem(await putManifest(far, entry().manifest))).toMatchObject({ status: 403 });
  });

  it('and no web page', async () => {
    const far = await served();
    const answer = await putFile(far, 'one', { origin: 'https://evil.example' });
    expect(await problem(answer)).toMatchObject({ status: 403, error: 'origin_refused' });
  });
});

it('takes bytes for nothing but files of entries', async () => {
  const far = await served();
  const headers = { 'content-type': 'application/octet-stream' };
  expect((await far.post('/echo/jobs', 'one', headers)).status).toBe(415);
  expect((await fetch(far.url + at, { method: 'PUT', body: 'one', headers })).status).toBe(415);
});

it('takes files of eight entries at a time', async () => {
  const far = await served();
  const put = (n: number) =>
    fetch(`${far.url}/echo/${String(n)}/s/a`, {
      method: 'PUT',
      body: 'one',
      headers: {
        'content-type': 'application/octet-stream',
        'repr-digest': digestText(sha256('one')),
      },
    });
  for (let n = 1; n <= 8; n += 1) expect((await put(n)).status).toBe(204);
  expect(await problem(await put(9))).toMatchObject({ status: 503, error: 'server_busy' });
});
