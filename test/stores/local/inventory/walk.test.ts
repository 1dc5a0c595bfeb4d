import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { entryPlaces } from '../../../../src/stores/local/inventory/walk.ts';
import { asOrdinaryUser } from '../../../helpers/ordinary-user.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

test('finds every place of an entry, and names what cannot be one', async () => {
  const root = await tempDir();
  const echo = join(root, 'echo');
  await mkdir(join(echo, 'c1', 's1'), { recursive: true });
  await mkdir(join(echo, 'c1', 's2'), { recursive: true });
  await mkdir(join(echo, 'c2', '.hidden'), { recursive: true });
  await mkdir(join(echo, 'index'), { recursive: true });
  await mkdir(join(echo, 'jobs'), { recursive: true });
  await writeFile(join(echo, 'index', 'song.json'), '{}');
  await writeFile(join(echo, 'notes.txt'), '');
  await symlink(join(echo, 'c1'), join(echo, 'c3'));
  await symlink('/', join(echo, 'c1', 'away'));

  const places = [...entryPlaces(layoutOf(root))];
  const keys = places.flatMap((place) => (place.kind === 'entry' ? [place.key] : []));
  const strays = places.flatMap((place) => (place.kind === 'stray' ? [place.place] : []));
  expect(keys.map(({ source_hash }) => source_hash).sort()).toEqual(['s1', 's2']);
  expect(strays.sort()).toEqual(
    ['c1/away', 'c2/.hidden', 'c3', 'jobs', 'notes.txt'].map((path) => `echo/${path}`),
  );
});

test('a tree that is not there is empty', async () => {
  expect([...entryPlaces(layoutOf(join(await tempDir(), 'none')))]).toEqual([]);
});

test('names a directory that it may not read', async () => {
  const root = await tempDir();
  const closed = join(root, 'echo', 'c1');
  await mkdir(closed, { recursive: true });
  await chmod(closed, 0o000);
  try {
    const places = await asOrdinaryUser(root, async () => [...entryPlaces(layoutOf(root))]);
    expect(places).toEqual([
      { kind: 'unreadable', place: 'echo/c1', where: closed, errno: 'EACCES' },
    ]);
  } finally {
    await chmod(closed, 0o755);
  }
});
