/** Whatever an upstream answers: right bytes or a miss, in bounded time, and nothing wrong or half here. */
import type { ServerResponse } from 'node:http';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/core/hashing/digest.ts';
import { bytesOf, sealed } from '../../../../src/core/hashing/manifest-seal.ts';
import type { EntryKey } from '../../../../src/core/model/entry/key.ts';
import { manifestSchema, type Manifest } from '../../../../src/core/model/entry/manifest.ts';
import { offered } from '../../../contract/upstream.ts';
import { lyingServer } from '../../../helpers/lying-server.ts';
import { served } from '../../../helpers/served.ts';
import { upstreamOf } from '../../../helpers/upstream-of.ts';
import { inspectTree } from '../../../helpers/tree.ts';

const right = 'from far away';

/** What a sound upstream says of the key. */
const soundManifest = (key: EntryKey): Manifest =>
  manifestSchema.parse(
    JSON.parse(
      Buffer.from(offered(key, { 'historical_echo.json': right, log: 'log' }).manifest).toString(),
    ),
  );

type Change = (manifest: Manifest) => Manifest;

interface Lie {
  readonly what: string;
  /** A part of what is reported. */
  readonly says?: string;
  /** How the manifest differs; it is sealed again. */
  readonly manifest?: Change;
  /** The bytes of the manifest, in place of `manifest`. */
  readonly bytes?: (manifest: Manifest) => Uint8Array;
  /** What is sent in place of the manifest. */
  readonly onManifest?: (response: ServerResponse) => void;
  /** What is sent in place of the artifact. */
  readonly onFile?: (response: ServerResponse) => void;
}

/** Keeps sending, a little at a time. */
const trickle = (response: ServerResponse, piece: Buffer, everyMs: number): void => {
  const timer = setInterval(() => response.write(piece), everyMs);
  response.on('close', () => clearInterval(timer));
};

const withArtifact =
  (facts: object): Change =>
  (manifest) => ({
    ...manifest,
    artifact: { ...manifest.artifact, ...facts },
  });
const withFiles =
  (...paths: readonly object[]): Change =>
  (manifest) => ({
    ...manifest,
    files: paths.map((each) => ({
      sha256: sha256('log'),
      size: 3,
      content_type: 'text/plain',
      ...each,
    })) as Manifest['files'],
  });

const lies: readonly Lie[] = [
  {
    what: 'a manifest of another key',
    says: 'another key',
    manifest: (m) => ({ ...m, source_hash: 'f'.repeat(64) }),
  },
  { what: 'a manifest of no key', manifest: (m) => ({ ...m, config_hash: undefined }) },
  {
    what: 'a manifest whose seal is broken',
    says: 'seal',
    bytes: (m) => bytesOf({ ...m, track_id: 'changed' }),
  },
  {
    what: 'a manifest without a seal',
    bytes: (m) => bytesOf({ ...m, manifest_sha256: undefined }),
  },
  {
    what: 'a manifest that is not canonical',
    bytes: (m) => Buffer.from(JSON.stringify(m, null, 1)),
  },
  { what: 'a manifest that is not JSON', bytes: () => Buffer.from('{"a":') },
  { what: 'a manifest of other JSON', bytes: () => Buffer.from('[1,2]') },
  {
    what: 'an artifact with a path',
    manifest: withArtifact({ path: '../../escape' }),
    onFile: (r) => r.end(right),
  },
  { what: 'an artifact without a size', manifest: withArtifact({ size: null }) },
  { what: 'an artifact that is larger than is taken', manifest: withArtifact({ size: 2 ** 40 }) },
  {
    what: 'a file outside of the entry',
    says: 'no safe path',
    manifest: withFiles({ path: '../escape' }),
  },
  {
    what: 'a file at an absolute path',
    says: 'no safe path',
    manifest: withFiles({ path: '/tmp/escape' }),
  },
  { what: 'a file in the place of the manifest', manifest: withFiles({ path: 'manifest.json' }) },
  {
    what: 'a file in the place of the artifact',
    manifest: withFiles({ path: 'historical_echo.json' }),
  },
  {
    what: 'a file below a file',
    says: 'is a file and a folder',
    manifest: withFiles({ path: 'a' }, { path: 'a/b' }),
  },
  {
    what: 'a link that leads out',
    says: 'outside',
    manifest: withFiles({ path: 'l', link: '../../../etc/passwd' }),
  },
  {
    what: 'a manifest without end',
    says: 'too large',
    onManifest: (r) => trickle(r, Buffer.alloc(1 << 20, ' '), 1),
  },
  {
    what: 'a manifest in trickles',
    says: 'too slowly',
    onManifest: (r) => trickle(r, Buffer.from(' '), 20),
  },
  { what: 'no answer', says: 'has not answered', onManifest: () => undefined },
  { what: 'a connection that is cut', onManifest: (r) => void r.destroy() },
  { what: 'no HTTP', onManifest: (r) => void r.socket?.end('no HTTP at all\r\n\r\n') },
  {
    what: 'a page of another program',
    says: '404',
    onManifest: (r) => void r.writeHead(404).end('<html>'),
  },
  { what: 'a failure', onManifest: (r) => void r.writeHead(500).end('{}') },
  {
    what: 'a failure without end',
    onManifest: (r) => trickle(r.writeHead(500), Buffer.alloc(1 << 20), 1),
  },
  {
    what: 'headers without end',
    onManifest: (r) => trickle((r.socket?.write('HTTP/1.1 200 OK\r\n'), r), Buffer.alloc(0), 1e6),
  },
  { what: 'other bytes', says: 'do not match', onFile: (r) => r.end('from far over') },
  { what: 'fewer bytes', onFile: (r) => r.end('from far') },
  { what: 'more bytes', says: 'more bytes', onFile: (r) => r.end(`${right} and more`) },
  { what: 'bytes without end', onFile: (r) => trickle(r, Buffer.alloc(1 << 20), 1) },
  {
    what: 'bytes in trickles',
    says: 'too slowly',
    onFile: (r) => trickle(r, Buffer.from('f'), 60),
  },
  {
    what: 'a body that is cut',
    onFile: (r) => {
      r.writeHead(200, { 'content-length': right.length }).write('from');
      setTimeout(() => r.destroy(), 20);
    },
  },
  {
    what: 'a file that is not there',
    onFile: (r) =>
      void r.writeHead(404).end('{"error":"not_found","title":"","status":404,"detail":"gone"}'),
  },
];

/** Answers the key that is asked for, as the lie says. */
const liar = ({ manifest = (m) => m, bytes, onManifest, onFile }: Lie) =>
  lyingServer(({ url = '' }, response) => {
    const [, , config_hash = '', source_hash = '', name] = url.split('/');
    const sound = soundManifest({ config_hash, source_hash });
    if (name === undefined && onManifest !== undefined) onManifest(response);
    else if (name === undefined) response.end(bytes?.(sound) ?? bytesOf(sealed(manifest(sound))));
    else if (name === 'log') response.end('log');
    else if (onFile === undefined) response.end(right);
    else onFile(response);
  });

describe('an upstream that gives', () => {
  it.each(lies)('$what is no hit, and leaves nothing here', { timeout: 30_000 }, async (lie) => {
    const far = await liar(lie);
    const upstream = upstreamOf(far.url, { waitMs: 250 });
    const { broker, root, run, runner, get } = await served({}, { upstream });
    const job = await run('{"tempo":1}');
    expect(job).toMatchObject({ status: 'done', cached: false, upstream: null });
    expect(runner.calls).toBe(1);
    expect(await text((await broker.open(job)).stream())).toBe('computed from {"tempo":1}');
    const other = await get(`/echo/${'c'.repeat(64)}/${'d'.repeat(64)}`);
    expect(other.status).toBe(404);
    if (lie.says !== undefined) expect(upstream.told.join()).toContain(lie.says);
    expect(upstream.told).not.toEqual([]);
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
    expect(
      (await readdir(join(root, '.cab/staging'))).filter((name) => name.startsWith('arriving')),
    ).toEqual([]);
  });

  it('what it should is a hit, with the same bytes', async () => {
    const far = await liar({ what: 'the truth' });
    const upstream = upstreamOf(far.url);
    const { broker, root, run, runner } = await served({}, { upstream });
    const job = await run('{"tempo":1}');
    expect(job).toMatchObject({ status: 'done', cached: true, upstream: far.url });
    expect(runner.calls).toBe(0);
    expect(await text((await broker.open(job)).stream())).toBe(right);
    expect(upstream.told).toEqual([]);
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
  });
});

describe('the token of an upstream', () => {
  const token = 'secret';

  it.each([301, 302, 303, 307, 308])('is not sent where a redirect (%i) leads', async (status) => {
    const thief = await lyingServer((_, response) => response.end(right));
    const far = await lyingServer(({ url = '' }, response) =>
      response.writeHead(status, { location: thief.url + url }).end(),
    );
    const upstream = upstreamOf(far.url, { token });
    const { run } = await served({}, { upstream });
    expect(await run('{"tempo":1}')).toMatchObject({ cached: false });
    expect(far.seen[0]?.token).toBe('Bearer secret');
    expect(thief.seen).toEqual([]);
    expect(upstream.told.join()).toContain('redirect');
  });

  it('is sent to its own upstream, and not to the next', async () => {
    const nothing = JSON.stringify({ error: 'not_found', title: '', status: 404, detail: 'none' });
    const first = await lyingServer((_, response) => response.writeHead(404).end(nothing));
    const second = await lyingServer((_, response) => response.writeHead(404).end(nothing));
    const upstream = upstreamOf([], {
      places: [
        { url: first.url, token },
        { url: second.url, token: null },
      ],
    });
    const { run } = await served({}, { upstream });
    await run('{"tempo":1}');
    expect(first.seen.map((each) => each.token)).toEqual(['Bearer secret']);
    expect(second.seen.map((each) => each.token)).toEqual([undefined]);
  });
});
