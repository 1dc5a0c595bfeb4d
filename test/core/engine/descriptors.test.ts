import { chmod, mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FsEntryStore } from '../../../src/stores/local/entries/fs-entry-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { hashInput } from '../../../src/core/hashing/hash-input.ts';
import { FsWorkspace } from '../../../src/stores/local/staging/fs-workspace.ts';
import { stageEntry } from '../../contract/entry-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { fileNames } from '../../helpers/file-names.ts';

const large = 3 << 20;
const times = 40;

/** A leaked one may be closed by a collection of garbage, in time or not. */
async function leftOpen(act: () => Promise<unknown>): Promise<number> {
  const open = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
  const before = await open();
  for (let time = 0; time < times; time++) await act();
  return (await open()) - before;
}

describe.skipIf(process.platform !== 'linux')('no descriptor is left open', () => {
  it('by an input, taken or refused', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'good.json'), '{"a":1}');
    await writeFile(join(dir, 'bad.json'), '{"a":');
    await mkdir(join(dir, 'folder'));
    for (const name of ['good.json', 'bad.json', 'folder'])
      expect(
        await leftOpen(() => hashInput(join(dir, name), 'json').catch(() => undefined)),
        name,
      ).toBeLessThan(times / 2);
  });

  it.each([['a small', 100] as const, ['a large', large] as const])(
    'by %s file of an entry that is sound, damaged, or closed unread',
    async (_what, size) => {
      const layout = layoutOf(await tempDir());
      const store = new FsEntryStore(layout, fileNames);
      const workspace = new FsWorkspace(layout, () => undefined);
      const { entry } = await store.publish(
        await stageEntry(workspace, { 'a.bin': 'x'.repeat(size) }),
      );
      const opened = () => store.open(entry.key);
      expect(await leftOpen(async () => (await opened()).stream().resume().toArray())).toBeLessThan(
        times / 2,
      );
      expect(await leftOpen(async () => (await opened()).close())).toBeLessThan(times / 2);
      const file = join(layout.entry(entry.key), 'a.bin');
      await chmod(file, 0o644);
      await truncate(file, size - 1);
      const refused = (): Promise<unknown> =>
        expect(opened()).rejects.toMatchObject({ code: 'hash_mismatch' });
      expect(await leftOpen(refused)).toBeLessThan(times / 2);
    },
  );
});
