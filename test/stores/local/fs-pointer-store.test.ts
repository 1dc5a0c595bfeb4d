import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FsPointerStore } from '../../../src/stores/local/fs-pointer-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import {
  describeHeldPointers,
  describePointerStore,
  pointerOf,
} from '../../contract/pointer-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const inDirectory = async () => new FsPointerStore(layoutOf(await tempDir()));

describePointerStore('a directory', inDirectory);
describeHeldPointers('a directory', inDirectory);

const reference = (track_id: string | number, n: number, more: object = {}) => ({
  track_id,
  config_hash: `c${n}`,
  source_hash: `s${n}`,
  artifact: `/echo/c${n}/s${n}/a.json`,
  manifest: `/echo/c${n}/s${n}/manifest.json`,
  etag: `e${n}`,
  ...more,
});

/** A directory of pointers with these files in it. */
async function treeWith(files: Readonly<Record<string, unknown>>) {
  const layout = layoutOf(await tempDir());
  await mkdir(layout.index, { recursive: true });
  for (const [name, value] of Object.entries(files))
    await writeFile(
      join(layout.index, name),
      typeof value === 'string' ? value : JSON.stringify(value, null, 2),
    );
  return { layout, store: new FsPointerStore(layout) };
}

async function listed(store: FsPointerStore): Promise<string[]> {
  const found: string[] = [];
  for await (const one of store.list())
    found.push('error' in one ? `${one.file}: ${one.error.code}` : one.pointer.track_id);
  return found;
}

describe('pointers in a directory', () => {
  it('are canonical JSON with URL paths, and leave no temporary file', async () => {
    const layout = layoutOf(await tempDir());
    await new FsPointerStore(layout).write(pointerOf('t', 1));
    expect(await readFile(join(layout.index, 't.json'), 'utf8')).toBe(
      `{"artifact":"/echo/c1/s1/a.json","config_hash":"c1","etag":"e1","manifest":"/echo/c1/s1/manifest.json","source_hash":"s1","track_id":"t"}`,
    );
    expect(await readdir(layout.temporary)).toEqual([]);
  });

  it.each<[string, unknown, object]>([
    ['of the reference', reference('t', 1), { isCurrentForm: true }],
    ["of cab's earlier trees, with bare names", pointerOf('t', 1), { isCurrentForm: false }],
    ['with members that cab does not know', reference('t', 1, { mood: 'blue' }), {}],
    ['without an etag', reference('t', 1, { etag: undefined }), { etag: null }],
    ['whose etag is null', reference('t', 1, { etag: null }), { etag: null }],
    [
      'with escapes in its paths, each decoded once',
      reference('t', 1, { artifact: '/echo/c1/s1/%61.json' }),
      { artifact: 'a.json' },
    ],
  ])('%s are read', async (_, value, also) => {
    const { store } = await treeWith({ 't.json': value });
    expect(await store.read('t')).toMatchObject({ ...pointerOf('t', 1), ...also });
  });

  it.each([
    ['42', 42],
    ['1.0', 1],
    ['-7', -7],
  ])('whose track id is the number %s are read', async (track_id, value) => {
    const { store } = await treeWith({
      [`${track_id}.json`]: JSON.stringify(reference('', 1)).replace('""', String(value)),
    });
    expect(await store.read(track_id)).toMatchObject(pointerOf(track_id, 1));
  });

  it.each([
    ['config_hash', { config_hash: '../x' }],
    ['config_hash', { config_hash: 'My cfg' }],
    ['source_hash', { source_hash: '' }],
    ['artifact', { artifact: '/echo/c2/s1/a.json' }],
    ['manifest', { manifest: '/echo/c1/s2/manifest.json' }],
    ['artifact', { artifact: '/echo/c1/s1/../a.json' }],
    ['artifact', { artifact: '/echo/c1/s1/%2e%2e' }],
    ['artifact', { artifact: '/echo/c1/s1/a%2Fb' }],
    ['artifact', { artifact: '/echo/c1/s1/%E0%A4%A' }],
    ['artifact', { artifact: 'http://elsewhere/echo/c1/s1/a.json' }],
    ['track_id', { track_id: null }],
  ])('with a wrong %s are an error that names the file and the field: %j', async (field, more) => {
    const { layout, store } = await treeWith({
      'bad.json': reference('bad', 1, more),
      'good.json': reference('good', 2),
    });
    await expect(store.read('bad')).rejects.toMatchObject({
      code: 'pointer_invalid',
      details: { file: join(layout.index, 'bad.json'), field },
    });
    expect(await listed(store)).toEqual(['bad.json: pointer_invalid', 'good']);
  });

  it('written by the reference broker under an unencoded name stay under it', async () => {
    const { layout, store } = await treeWith({ 'what?.json': reference('what?', 3) });
    expect(await store.read('what?')).toMatchObject(pointerOf('what?', 3));
    await store.write(pointerOf('what?', 4));
    expect(await readdir(layout.index)).toEqual(['what?.json']);
    expect(await store.read('what?')).toMatchObject(pointerOf('what?', 4));
  });

  it('that lie twice: the newer one counts, and the next write leaves the plain one', async () => {
    const { layout, store } = await treeWith({
      'what?.json': reference('what?', 1),
      'what%3F.json': reference('what?', 2),
    });
    const setTime = (name: string, seconds: number) =>
      utimes(join(layout.index, name), seconds, seconds);
    await setTime('what?.json', 1000);
    await setTime('what%3F.json', 2000);
    expect(await store.read('what?')).toMatchObject(pointerOf('what?', 2));
    expect(await listed(store)).toEqual(['what?']);
    await setTime('what?.json', 3000);
    expect(await store.read('what?')).toMatchObject(pointerOf('what?', 1));
    expect(await listed(store)).toEqual(['what?']);
    await store.write(pointerOf('what?', 3));
    expect(await readdir(layout.index)).toEqual(['what?.json']);
  });

  it('that lie twice, one of them damaged: the other one counts', async () => {
    const { store } = await treeWith({
      'what?.json': '{nonsense',
      'what%3F.json': reference('what?', 2),
    });
    expect(await store.read('what?')).toMatchObject(pointerOf('what?', 2));
    expect(await listed(store)).toEqual(['what?', 'what?.json: pointer_invalid']);
  });

  it('of another track are never replaced, though cab would give this one the same name', async () => {
    const { layout, store } = await treeWith({ 'a%3Fb.json': reference('a%3Fb', 1) });
    await store.write(pointerOf('a?b', 2));
    expect(await store.read('a%3Fb')).toMatchObject(pointerOf('a%3Fb', 1));
    expect(await store.read('a?b')).toMatchObject(pointerOf('a?b', 2));
    expect((await readdir(layout.index)).sort()).toEqual(['a%3Fb.json', 'a?b.json']);
  });

  it('with a name that is safe only as it is, and as long as a name can be, are read and written', async () => {
    const track_id = `${'?'.repeat(100)}${'x'.repeat(150)}`;
    const { layout, store } = await treeWith({ [`${track_id}.json`]: reference(track_id, 1) });
    expect(await store.read(track_id)).toMatchObject(pointerOf(track_id, 1));
    await store.write(pointerOf(track_id, 2));
    expect(await store.read(track_id)).toMatchObject(pointerOf(track_id, 2));
    expect(await readdir(layout.index)).toEqual([`${track_id}.json`]);
  });

  it('that are named for another track are told, and are no pointer of theirs', async () => {
    const { store } = await treeWith({ 'x.json': reference('y', 1) });
    expect(await store.read('x')).toBeUndefined();
    expect(await listed(store)).toEqual(['x.json: pointer_invalid']);
  });

  it('of a file that cannot be read hide no other', async () => {
    const { layout, store } = await treeWith({ 't.json': reference('t', 1) });
    await symlink('loop.json', join(layout.index, 'loop.json'));
    expect(await listed(store)).toEqual(['loop.json: store_unreadable', 't']);
  });

  it('whose directory cannot be read are an error that names it', async () => {
    const layout = layoutOf(await tempDir());
    await mkdir(layout.entries);
    await symlink('index', layout.index);
    await expect(
      new FsPointerStore(layout).list()[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      code: 'store_unreadable',
      message: `${layout.index} cannot be read (ELOOP)`,
    });
  });
});
