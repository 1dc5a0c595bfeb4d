/** What cab does not understand in a tree of another program: it is told, kept, and hides nothing. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { collect, day } from '../helpers/collection.ts';
import { verifyTree } from '../helpers/verifying.ts';
import { digestOf, ReferenceTree } from './scene.ts';

let at: ReferenceTree;

beforeEach(async () => {
  at = await ReferenceTree.make();
});

describe('what cab does not understand in such a tree', () => {
  const index = (file: string) => join(at.root, 'echo/index', file);

  it.each([
    ['no JSON', '{nonsense'],
    ['a list', '[1, 2]'],
    ['without a key', '{"track_id": "song one"}'],
  ])('a pointer that is %s hides no other, and no entry is collected for it', async (_, text) => {
    at.age(90 * day);
    await writeFile(index('broken.json'), text);
    const { tracks: listed, unreadable } = await at.opened().tracks();
    expect(listed).toHaveLength(6);
    expect(unreadable).toEqual([
      { file: 'echo/index/broken.json', error: expect.stringContaining('broken.json') },
    ]);
    const report = await collect(at.root, { keepMs: 0, graceMs: 0 });
    expect(report).toMatchObject({
      entries: { removed: 0 },
      unreadable: [{ file: 'echo/index/broken.json' }],
    });
    const left = await at.mended();
    expect(left.sound).toBe(false);
    expect(await readFile(index('broken.json'), 'utf8')).toBe(text);
    expect(at.quarantined).toEqual([]);
    await at.expectAllTracks();
  });

  it('a pointer that cannot be read but tells its key keeps the entry of that key', async () => {
    at.age(90 * day);
    // The pointer of the one entry that only this track has.
    const file = index("What's Up? (demo).mp3.json");
    const pointer = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    const text = JSON.stringify({ ...pointer, track_id: null });
    await writeFile(file, text);
    const entry = join(
      at.root,
      'echo',
      String(pointer['config_hash']),
      String(pointer['source_hash']),
    );
    const report = await collect(at.root, { keepMs: 0, graceMs: 0 });
    expect(report.unreadable).toHaveLength(1);
    expect(existsSync(join(entry, 'manifest.json'))).toBe(true);
    expect((await at.mended()).sound).toBe(false);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('a pointer whose paths name another key than its hashes keeps both entries, and is left', async () => {
    at.age(90 * day);
    const [one, other] = ["What's Up? (demo).mp3.json", 'minimal.json'];
    const first = JSON.parse(await readFile(index(one), 'utf8')) as Record<string, unknown>;
    const second = JSON.parse(await readFile(index(other), 'utf8')) as Record<string, unknown>;
    const text = JSON.stringify({ ...first, artifact: second['artifact'] });
    await writeFile(index(one), text);
    await rm(index(other));
    for (const name of readdirSync(join(at.root, 'echo/index')))
      if (name.startsWith('xxx')) await rm(index(name));
    await collect(at.root, { keepMs: 0, graceMs: 0 });
    for (const pointer of [first, second])
      expect(existsSync(join(at.root, String(pointer['manifest'])))).toBe(true);
    await at.mended();
    expect(await readFile(index(one), 'utf8')).toBe(text);
  });

  it('an entry under a key outside of its pattern is told, and neither moved nor collected', async () => {
    const odd = join(at.root, 'echo/My cfg');
    await rename(join(at.root, 'echo/cfg-1'), odd);
    const pointer = {
      ...{ track_id: 'odd', config_hash: 'My cfg', source_hash: 'src123' },
      artifact: '/echo/My%20cfg/src123/historical_echo.json',
      manifest: '/echo/My%20cfg/src123/manifest.json',
    };
    await writeFile(index('odd.json'), JSON.stringify(pointer));
    at.age(90 * day);
    const { unreadable } = await at.opened().tracks();
    expect(unreadable).toMatchObject([{ file: 'echo/index/odd.json' }]);
    const report = await collect(at.root, { keepMs: 0, graceMs: 0 });
    expect(report.unreadable).toMatchObject([{ file: 'echo/index/odd.json' }]);
    expect((await at.mended()).findings).toContainEqual(
      expect.objectContaining({ class: 'stray', path: 'echo/My cfg' }),
    );
    expect(existsSync(join(odd, 'src123/manifest.json'))).toBe(true);
    expect(existsSync(index('odd.json'))).toBe(true);
  });

  it('an entry whose manifest names no artifact, among several files, is told and left', async () => {
    const entry = join(at.root, 'echo/cfg-1/src123');
    await rename(join(entry, 'historical_echo.json'), join(entry, 'one.json'));
    await cp(join(entry, 'one.json'), join(entry, 'two.json'));
    const report = await at.mended();
    expect(report.findings).toMatchObject([{ class: 'unreadable' }]);
    expect(existsSync(join(entry, 'one.json'))).toBe(true);
    expect(at.quarantined).toEqual([]);
  });

  it('an entry whose manifest names no artifact has it by the only other file', async () => {
    const entry = join(at.root, 'echo/cfg-1/src123');
    await rename(join(entry, 'historical_echo.json'), join(entry, 'other.json'));
    const minimal = at.tracks.find(({ track_id }) => track_id === 'minimal');
    const broker = at.opened();
    expect(await digestOf(broker, 'minimal')).toBe(minimal?.sha256);
    expect(await broker.pointer('minimal')).toMatchObject({
      artifact: '/echo/cfg-1/src123/other.json',
    });
  });

  it.each([
    ['another key', { config_hash: 'cfg-9', source_hash: 'elsewhere' }],
    ['an etag of its own', { etag: 'mine' }],
  ])('a manifest that says %s is a note', async (_, more) => {
    const file = join(at.root, 'echo/cfg-1/src123/manifest.json');
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
    const report = await verifyTree(at.root);
    expect(report.sound).toBe(true);
    expect(report.notes).toContainEqual(
      expect.stringMatching(/^echo\/cfg-1\/src123\/manifest\.json: /),
    );
  });

  it('members of other types than cab’s do not make a manifest unreadable', async () => {
    const file = join(at.root, 'echo/cfg-1/src123/manifest.json');
    const { artifact } = JSON.parse(await readFile(file, 'utf8')) as { artifact: object };
    const odd = { schema_id: 7, runner: 'me', files: ['a'], created_at: 1, config_hash: {} };
    await writeFile(file, JSON.stringify({ ...odd, artifact: { ...artifact, size: '12' } }));
    expect((await verifyTree(at.root)).sound).toBe(true);
    await at.expectAllTracks();
  });
});

describe('entries that are there, whatever became of their pointers', () => {
  it('are put back where a pointer that tells no key comes while they are collected', async () => {
    at.age(90 * day);
    const index = join(at.root, 'echo/index');
    await rm(index, { recursive: true });
    await mkdir(index);
    const seen: string[] = [];
    const report = await collect(at.root, {
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
