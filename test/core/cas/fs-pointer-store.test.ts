import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FsPointerStore } from '../../../src/core/cas/fs-pointer-store.ts';
import { layoutOf } from '../../../src/core/cas/layout.ts';
import { describePointerStore, pointerOf } from '../../contract/pointer-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describePointerStore('a directory', async () => new FsPointerStore(layoutOf(await tempDir())));

describe('pointers in a directory', () => {
  it('are canonical JSON with the six fields, and leave no temporary file', async () => {
    const layout = layoutOf(await tempDir());
    await new FsPointerStore(layout).write(pointerOf('t', 1));
    expect(await readFile(join(layout.index, 't.json'), 'utf8')).toBe(
      `{"artifact":"a.json","config_hash":"c1","etag":"e1","manifest":"manifest.json","source_hash":"s1","track_id":"t"}`,
    );
    expect(await readdir(layout.temporary)).toEqual([]);
  });

  it('written by the reference broker under an unencoded name are found', async () => {
    const layout = layoutOf(await tempDir());
    await mkdir(layout.index, { recursive: true });
    await writeFile(
      join(layout.index, 'what?.json'),
      JSON.stringify(pointerOf('what?', 3), null, 2),
    );
    expect(await new FsPointerStore(layout).read('what?')).toEqual(pointerOf('what?', 3));
  });

  it('that cannot be parsed are an error that names the file and the field', async () => {
    const layout = layoutOf(await tempDir());
    const store = new FsPointerStore(layout);
    await store.write(pointerOf('good', 1));
    await writeFile(
      join(layout.index, 'bad.json'),
      JSON.stringify({ ...pointerOf('bad', 1), config_hash: '../x' }),
    );
    await expect(store.read('bad')).rejects.toMatchObject({
      code: 'pointer_invalid',
      details: { field: 'config_hash' },
    });
    const listed: string[] = [];
    for await (const { track_id, pointer } of store.list())
      listed.push(`${track_id} ${pointer instanceof Error ? 'bad' : 'good'}`);
    expect(listed).toEqual(['bad bad', 'good good']);
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
