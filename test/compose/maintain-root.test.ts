import { rm } from 'node:fs/promises';
import { maintainRoot } from '../../src/compose/maintain-root.ts';
import { openWorkspace } from '../../src/compose/open-entries.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { describeEntryInventory } from '../contract/entry-inventory.ts';
import { describeTrash } from '../contract/trash.ts';
import { fileNames } from '../helpers/file-names.ts';
import { tempDir } from '../helpers/temp-dir.ts';

describeTrash('a directory', async () => {
  const root = await tempDir();
  const workspace = openWorkspace(root, () => undefined);
  return { open: () => maintainRoot({ root, ...fileNames }), workspace };
});

describeEntryInventory('a directory', async () => {
  const root = await tempDir();
  const { inventory, entries } = maintainRoot({ root, ...fileNames });
  const layout = layoutOf(root);
  return {
    inventory,
    entries,
    workspace: openWorkspace(root, () => undefined),
    remove: (key) => rm(layout.entry(key), { recursive: true }),
  };
});
