/** A tree that the reference broker wrote: read, checked, collected, served. Nothing sound may vanish. */
import { createHash } from 'node:crypto';
import { existsSync, lutimesSync, readdirSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { layoutOf } from '../../src/core/cas/layout.ts';
import { LocalBroker } from '../../src/core/local-broker.ts';
import { repair } from '../../src/core/maintenance/verify/repair.ts';
import type { VerifyReport } from '../../src/core/model/verify-report.ts';
import { startServer } from '../../src/http/server.ts';
import { collect, day } from '../helpers/collection.ts';
import { fixtureTracks, fixtureTree, type FixtureTrack } from '../helpers/fixture-tree.ts';
import { scriptedOptions } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { verifyTree } from '../helpers/verifying.ts';

let root: string;
let tracks: FixtureTrack[];

beforeEach(async () => {
  root = await fixtureTree('reference-tree');
  tracks = await fixtureTracks(root);
});

function opened(): LocalBroker {
  const broker = new LocalBroker(scriptedOptions(root, new ScriptedRunner(), { work: 'none' }));
  onTestFinished(() => broker.close());
  return broker;
}

async function digestOf(broker: LocalBroker, track_id: string): Promise<string> {
  const { config_hash, source_hash } = await broker.pointer(track_id);
  const file = await broker.open({ config_hash, source_hash });
  return createHash('sha256')
    .update(await buffer(file.stream()))
    .digest('hex');
}

/** Each track gives the bytes that it gave before. */
async function expectAllTracks(): Promise<void> {
  const broker = opened();
  const found = await Promise.all(
    tracks.map(async ({ track_id }) => [track_id, await digestOf(broker, track_id)]),
  );
  expect(found).toEqual(tracks.map(({ track_id, sha256 }) => [track_id, sha256]));
  await broker.close();
}

const mended = (): Promise<VerifyReport> =>
  verifyTree(root, {}, (verify) => repair(verify, 'test'));

const quarantined = (): string[] =>
  existsSync(layoutOf(root).quarantine) ? readdirSync(layoutOf(root).quarantine) : [];

/** As if all of it had been written so long ago. */
function age(ms: number, dir = root): void {
  const then = (Date.now() - ms) / 1000;
  for (const item of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, item.name);
    if (item.isDirectory()) age(ms, path);
    lutimesSync(path, then, then);
  }
}

describe('a tree of the reference broker', () => {
  it('is read by all six of its tracks', async () => {
    expect(tracks).toHaveLength(6);
    const { tracks: listed, unreadable } = await opened().tracks();
    expect(listed.map(({ track_id }) => track_id).sort()).toEqual(
      tracks.map(({ track_id }) => track_id).sort(),
    );
    expect(unreadable).toEqual([]);
    await expectAllTracks();
  });

  it('gives pointers with the etags of their entries, also where the pointer is older', async () => {
    const broker = opened();
    for (const { track_id, artifact, manifest, sha256 } of tracks)
      expect(await broker.pointer(track_id)).toMatchObject({ artifact, manifest, etag: sha256 });
    expect(await broker.history('song one')).toMatchObject([{ track_id: 'song one', job_id: '' }]);
  });

  it('is sound; pointers that are older than their entries are notes', async () => {
    const stale = tracks.filter(({ etag, sha256 }) => etag !== sha256);
    expect(stale.length).toBeGreaterThan(0);
    const report = await verifyTree(root);
    expect(report).toMatchObject({ sound: true, findings: [], pointers: 6 });
    for (const { file } of stale)
      expect(report.notes).toContainEqual(expect.stringContaining(`echo/index/${file}: its etag`));
  });

  it('keeps all that a track means when it is collected, and again forty days later', async () => {
    age(40 * day);
    const orphan = (await readdir(join(root, 'echo'))).length;
    await collect(root, { graceMs: 0 });
    await collect(root, { graceMs: 0, now: Date.now() + 40 * day });
    await expectAllTracks();
    // What no pointer leads to is what gc is for.
    expect((await readdir(join(root, 'echo'))).length).toBeLessThanOrEqual(orphan);
  });

  it('loses nothing to a repair, which writes outdated pointers as their entries have them', async () => {
    expect(await mended()).toMatchObject({ sound: true });
    expect(quarantined()).toEqual([]);
    await expectAllTracks();
    expect((await verifyTree(root)).notes.filter((note) => note.includes('etag'))).toEqual([]);
    for (const { track_id, sha256 } of tracks) {
      const text = await readFile(join(root, 'echo/index', `${track_id}.json`), 'utf8');
      expect(JSON.parse(text)).toMatchObject({ track_id, etag: sha256 });
    }
  });

  it('serves its pointers, and what their paths name', async () => {
    const broker = opened();
    const server = await startServer({ broker, port: 0, version: 'test' });
    onTestFinished(() => server.close(1000));
    for (const { track_id, artifact, manifest, sha256 } of tracks) {
      const path = `/echo/index/${encodeURIComponent(track_id)}.json`;
      const pointer = (await (await fetch(server.address + path)).json()) as FixtureTrack;
      expect(pointer).toMatchObject({ track_id, artifact, manifest, etag: sha256 });
      const answer = await fetch(server.address + pointer.artifact);
      expect(answer.headers.get('etag')).toBe(`"${sha256}"`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect((await fetch(server.address + pointer.manifest)).status).toBe(200);
    }
  });

  it('is left as it is by all that only reads', async () => {
    const before = await everyFile();
    const broker = opened();
    await broker.tracks();
    await expectAllTracks();
    await verifyTree(root);
    await collect(root, { dryRun: true });
    expect(await everyFile()).toEqual(before);
  });
});

describe('what cab does not understand in such a tree', () => {
  const index = (file: string) => join(root, 'echo/index', file);

  it.each([
    ['no JSON', '{nonsense'],
    ['a list', '[1, 2]'],
    ['without a key', '{"track_id": "song one"}'],
  ])('a pointer that is %s hides no other, and no entry is collected for it', async (_, text) => {
    age(90 * day);
    await writeFile(index('broken.json'), text);
    const { tracks: listed, unreadable } = await opened().tracks();
    expect(listed).toHaveLength(6);
    expect(unreadable).toEqual([
      { file: 'echo/index/broken.json', error: expect.stringContaining('broken.json') },
    ]);
    const report = await collect(root, { keepMs: 0, graceMs: 0 });
    expect(report).toMatchObject({
      entries: { removed: 0 },
      unreadable: [{ file: 'echo/index/broken.json' }],
    });
    const left = await mended();
    expect(left.sound).toBe(false);
    expect(await readFile(index('broken.json'), 'utf8')).toBe(text);
    expect(quarantined()).toEqual([]);
    await expectAllTracks();
  });

  it('a pointer that cannot be read but tells its key keeps the entry of that key', async () => {
    age(90 * day);
    // The pointer of the one entry that only this track has.
    const file = index("What's Up? (demo).mp3.json");
    const pointer = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const text = JSON.stringify({ ...pointer, track_id: null });
    await writeFile(file, text);
    const entry = join(
      root,
      'echo',
      String(pointer['config_hash']),
      String(pointer['source_hash']),
    );
    const report = await collect(root, { keepMs: 0, graceMs: 0 });
    expect(report.unreadable).toHaveLength(1);
    expect(existsSync(join(entry, 'manifest.json'))).toBe(true);
    expect((await mended()).sound).toBe(false);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('a pointer whose paths name another key than its hashes keeps both entries, and is left', async () => {
    age(90 * day);
    const [one, other] = ["What's Up? (demo).mp3.json", 'minimal.json'];
    const first = JSON.parse(await readFile(index(one), 'utf8')) as Record<string, unknown>;
    const second = JSON.parse(await readFile(index(other), 'utf8')) as Record<string, unknown>;
    const text = JSON.stringify({ ...first, artifact: second['artifact'] });
    await writeFile(index(one), text);
    await rm(index(other));
    for (const name of readdirSync(join(root, 'echo/index')))
      if (name.startsWith('xxx')) await rm(index(name));
    await collect(root, { keepMs: 0, graceMs: 0 });
    for (const pointer of [first, second])
      expect(existsSync(join(root, String(pointer['manifest'])))).toBe(true);
    await mended();
    expect(await readFile(index(one), 'utf8')).toBe(text);
  });

  it('an entry under a key outside of its pattern is told, and neither moved nor collected', async () => {
    const odd = join(root, 'echo/My cfg');
    await rename(join(root, 'echo/cfg-1'), odd);
    const pointer = {
      ...{ track_id: 'odd', config_hash: 'My cfg', source_hash: 'src123' },
      artifact: '/echo/My%20cfg/src123/historical_echo.json',
      manifest: '/echo/My%20cfg/src123/manifest.json',
    };
    await writeFile(index('odd.json'), JSON.stringify(pointer));
    age(90 * day);
    const { unreadable } = await opened().tracks();
    expect(unreadable).toMatchObject([{ file: 'echo/index/odd.json' }]);
    const report = await collect(root, { keepMs: 0, graceMs: 0 });
    expect(report.unreadable).toMatchObject([{ file: 'echo/index/odd.json' }]);
    expect((await mended()).findings).toContainEqual(
      expect.objectContaining({ class: 'stray', path: 'echo/My cfg' }),
    );
    expect(existsSync(join(odd, 'src123/manifest.json'))).toBe(true);
    expect(existsSync(index('odd.json'))).toBe(true);
  });

  it('an entry whose manifest names no artifact, among several files, is told and left', async () => {
    const entry = join(root, 'echo/cfg-1/src123');
    await rename(join(entry, 'historical_echo.json'), join(entry, 'one.json'));
    await cp(join(entry, 'one.json'), join(entry, 'two.json'));
    const report = await mended();
    expect(report.findings).toMatchObject([{ class: 'unreadable' }]);
    expect(existsSync(join(entry, 'one.json'))).toBe(true);
    expect(quarantined()).toEqual([]);
  });

  it('an entry whose manifest names no artifact has it by the only other file', async () => {
    const entry = join(root, 'echo/cfg-1/src123');
    await rename(join(entry, 'historical_echo.json'), join(entry, 'other.json'));
    const minimal = tracks.find(({ track_id }) => track_id === 'minimal');
    const broker = opened();
    expect(await digestOf(broker, 'minimal')).toBe(minimal?.sha256);
    expect(await broker.pointer('minimal')).toMatchObject({
      artifact: '/echo/cfg-1/src123/other.json',
    });
  });

  it.each([
    ['another key', { config_hash: 'cfg-9', source_hash: 'elsewhere' }],
    ['an etag of its own', { etag: 'mine' }],
  ])('a manifest that says %s is a note', async (_, more) => {
    const file = join(root, 'echo/cfg-1/src123/manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { artifact: object };
    const { etag, ...key } = { etag: undefined, ...more } as Record<string, string | undefined>;
    await writeFile(
      file,
      JSON.stringify({
        ...manifest,
        ...key,
        artifact: { ...manifest.artifact, ...(etag && { etag }) },
      }),
    );
    const report = await verifyTree(root);
    expect(report.sound).toBe(true);
    expect(report.notes).toContainEqual(
      expect.stringMatching(/^echo\/cfg-1\/src123\/manifest\.json: /),
    );
  });

  it('members of other types than cab’s do not make a manifest unreadable', async () => {
    const file = join(root, 'echo/cfg-1/src123/manifest.json');
    const { artifact } = JSON.parse(await readFile(file, 'utf8')) as { artifact: object };
    const odd = { schema_id: 7, runner: 'me', files: ['a'], created_at: 1, config_hash: {} };
    await writeFile(file, JSON.stringify({ ...odd, artifact: { ...artifact, size: '12' } }));
    expect((await verifyTree(root)).sound).toBe(true);
    await expectAllTracks();
  });
});

describe('entries that are there, whatever became of their pointers', () => {
  it('are put back where a pointer that tells no key comes while they are collected', async () => {
    age(90 * day);
    const index = join(root, 'echo/index');
    await rm(index, { recursive: true });
    await mkdir(index);
    const seen: string[] = [];
    const report = await collect(root, {
      keepMs: 0,
      onProgress: ({ step, done }) => {
        seen.push(step);
        if (step === 'removing entries' && done === 0) writeFileSync(join(index, 'late.json'), '{');
      },
    });
    expect(seen).toContain('removing entries');
    expect(report.entries.removed).toBeGreaterThan(0);
    expect(report.trash.put_back).toBe(report.entries.removed);
  });
});

async function everyFile(): Promise<string[]> {
  const found: string[] = [];
  for (const item of await readdir(root, { recursive: true, withFileTypes: true }))
    if (item.isFile()) {
      const path = join(item.parentPath, item.name);
      found.push(
        `${path} ${createHash('sha256')
          .update(await readFile(path))
          .digest('hex')}`,
      );
    }
  return found.sort();
}
