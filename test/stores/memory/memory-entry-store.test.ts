import { formatKey } from '../../../src/core/model/key.ts';
import { FsWorkspace } from '../../../src/stores/local/fs-workspace.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import {
  MemoryEntryStore,
  type StoredEntries,
} from '../../../src/stores/memory/memory-entry-store.ts';
import { describeEntryStore } from '../../contract/entry-store.ts';
import { describeWorkspace } from '../../contract/workspace.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const workspace = async () => new FsWorkspace(layoutOf(await tempDir()), () => undefined);

describeEntryStore('memory', async () => {
  const stored: StoredEntries = new Map();
  return {
    store: new MemoryEntryStore(stored),
    other: new MemoryEntryStore(stored),
    workspace: await workspace(),
    damage: async (key, name, at = 0) => {
      const bytes = stored.get(formatKey(key))?.files.get(name);
      bytes?.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    },
    remove: async (key, name) => void stored.get(formatKey(key))?.files.delete(name),
  };
});

describeWorkspace('a directory before entries in memory', async () => ({
  workspace: await workspace(),
  entries: new MemoryEntryStore(),
}));
