import { rm } from 'node:fs/promises';
import { maintainRoot } from '../../src/compose/maintain-root.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { describeEntryInventory } from '../contract/entry-inventory.ts';
import { describeTrash } from '../contract/trash.ts';
import { fileNames } from '../helpers/file-names.ts';
import { tempDir } from '../helpers/temp-dir.ts';

describeTrash('a directory', async () => {
  const root = await tempDir();
  return { open: () => maintainRoot({ root, ...fileNames }) };
});

describeEntryInventory('a directory', async () => {
  const root = await tempDir();
  const { inventory, entries } = maintainRoot({ root, ...fileNames });
  const layout = layoutOf(root);
  return { inventory, entries, remove: (key) => rm(layout.entry(key), { recursive: true }) };
});
