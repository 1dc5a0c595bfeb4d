import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FsEntryInventory } from '../../../../src/stores/local/inventory/fs-entry-inventory.ts';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { fileNames } from '../../../helpers/file-names.ts';
import { keyOf } from '../../../helpers/jobs.ts';
import { asOrdinaryUser } from '../../../helpers/ordinary-user.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

it('names the folder of an entry that it may not read', async () => {
  const layout = layoutOf(await tempDir());
  const closed = join(layout.entry(keyOf('a')), 'maps', 'closed');
  await mkdir(closed, { recursive: true });
  await chmod(closed, 0o000);
  const refused = { code: 'store_unreadable', message: expect.stringContaining(closed) };
  await asOrdinaryUser(layout.root, () =>
    expect(new FsEntryInventory(layout, fileNames).sizes([keyOf('a')])).rejects.toMatchObject(
      refused,
    ),
  );
});

it('knows how many entries there are without a look at each, where the file system counts folders', async () => {
  const layout = layoutOf(await tempDir());
  for (const name of ['a', 'b', 'c'])
    await mkdir(layout.entry({ ...keyOf('one'), source_hash: name }), { recursive: true });
  await mkdir(layout.entry(keyOf('another')), { recursive: true });
  await mkdir(join(layout.entries, 'index', 'folder'), { recursive: true });
  const countsFolders = (await stat(layout.entries)).nlink > 1;
  expect(await new FsEntryInventory(layout, fileNames).expected()).toBe(
    countsFolders ? 4 : undefined,
  );
});

it('leaves an empty folder that it may not remove', async () => {
  const layout = layoutOf(await tempDir());
  const { config_hash } = keyOf('a');
  await mkdir(join(layout.entries, config_hash), { recursive: true });
  await chmod(layout.entries, 0o555);
  await asOrdinaryUser(layout.root, async () => {
    const inventory = new FsEntryInventory(layout, fileNames);
    for await (const removed of inventory.removeEmpty()) expect(removed).toBe(0);
  });
  await chmod(layout.entries, 0o755);
  expect((await stat(join(layout.entries, config_hash))).isDirectory()).toBe(true);
});
