import { chmod, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FsEntryStore } from '../../../../src/stores/local/entries/fs-entry-store.ts';
import { FsWorkspace } from '../../../../src/stores/local/staging/fs-workspace.ts';
import type { HeldFile } from '../../../../src/core/ports/entry-store.ts';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { formatKey } from '../../../../src/core/model/entry/key.ts';
import { stageEntry } from '../../../contract/entry-store.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { fileNames } from '../../../helpers/file-names.ts';

const key = { config_hash: 'c'.repeat(64), source_hash: 's'.repeat(64) };

async function scene(manifestName = 'manifest.json') {
  const layout = layoutOf(await tempDir());
  const reads: string[] = [];
  const publisher = new FsEntryStore(layout, fileNames);
  await publisher.publish(
    await stageEntry(new FsWorkspace(layout, () => undefined), {
      'a.json': 'bytes',
      'b.bin': 'other',
      'c.bin': 'x'.repeat(2 << 20),
    }),
  );
  const store = new FsEntryStore(
    layout,
    { ...fileNames, manifestName },
    { onRead: (at) => reads.push(formatKey(at)) },
  );
  const held = async (name: string): Promise<HeldFile | undefined> => {
    const file = await store.open(key, name);
    await file.close();
    return file.held;
  };
  return { store, held, reads, dir: layout.entry(key) };
}

async function isCurrent(held: HeldFile | undefined): Promise<boolean | undefined> {
  await nextTurn();
  return held?.isCurrent();
}

describe('a file that is held in memory', () => {
  it.each(['a.json', 'b.bin', 'manifest.json'])(
    'is current while nothing changes: %s',
    async (name) => {
      const { held, dir } = await scene();
      const file = await held(name);
      expect(file?.bytes.equals(await readFile(join(dir, name)))).toBe(true);
      for (let time = 0; time < 3; time++) expect(await isCurrent(file)).toBe(true);
    },
  );

  it.each<[string, (dir: string) => Promise<void>]>([
    [
      'is changed in place, its times put back',
      async (dir) => {
        const { atime, mtime } = await stat(join(dir, 'a.json'));
        await chmod(join(dir, 'a.json'), 0o644);
        await writeFile(join(dir, 'a.json'), 'BYTES');
        await utimes(join(dir, 'a.json'), atime, mtime);
      },
    ],
    ['is removed', (dir) => rm(join(dir, 'a.json'))],
    ['is moved with its entry', (dir) => rename(dir, `${dir}.corrupt`)],
    ['has lost its manifest', (dir) => rm(join(dir, 'manifest.json'))],
    [
      'has a manifest of the same text in another file',
      async (dir) => {
        await writeFile(join(dir, 'new'), await readFile(join(dir, 'manifest.json')));
        await rename(join(dir, 'new'), join(dir, 'manifest.json'));
      },
    ],
    [
      'is replaced by the same bytes in another file',
      async (dir) => {
        await writeFile(join(dir, 'new'), 'bytes');
        await rename(join(dir, 'new'), join(dir, 'a.json'));
      },
    ],
  ])('is not current when it %s', async (_what, change) => {
    const { held, dir } = await scene();
    const file = await held('a.json');
    expect(await isCurrent(file)).toBe(true);
    await change(dir);
    expect(await isCurrent(file)).toBe(false);
    expect(await isCurrent(file)).toBe(false);
  });

  it('is none where a change could not be seen', async () => {
    const large = await scene();
    expect(await large.held('c.bin')).toBeUndefined();
    // Found by search: one with the wanted name may come and count instead.
    const other = await scene('other.json');
    expect(await other.held('a.json')).toBeUndefined();
    const linked = await scene();
    await rename(join(linked.dir, 'manifest.json'), `${linked.dir}.manifest`);
    await symlink(`${linked.dir}.manifest`, join(linked.dir, 'manifest.json'));
    expect(await linked.held('a.json')).toBeUndefined();
  });

  it('counts as read when it is opened, and in each turn in which it is used', async () => {
    const { held, reads } = await scene();
    const file = await held('a.json');
    expect(reads).toEqual([formatKey(key)]);
    for (let time = 0; time < 3; time++) await isCurrent(file);
    expect(reads).toEqual(Array.from({ length: 4 }, () => formatKey(key)));
  });
});
