import { FsWorkspace } from '../../../src/stores/local/staging/fs-workspace.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { MemoryEntryStore } from '../../../src/stores/memory/memory-entry-store.ts';
import { MemoryWorkspace } from '../../../src/stores/memory/memory-workspace.ts';
import { Quarantine } from '../../../src/stores/memory/quarantine.ts';
import { StoredEntries } from '../../../src/stores/memory/stored-entries.ts';
import { describeEntryStore } from '../../contract/entry-store.ts';
import { describeWorkspace } from '../../contract/workspace.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const workspace = async () => new FsWorkspace(layoutOf(await tempDir()), () => undefined);

describeEntryStore('memory', async () => {
  const stored = new StoredEntries(new Quarantine());
  return {
    store: new MemoryEntryStore(stored),
    other: new MemoryEntryStore(stored),
    workspace: await workspace(),
    damage: async (key, name, at = 0) => {
      const bytes = stored.get(key)?.files.get(name);
      bytes?.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    },
    remove: async (key, name) => void stored.get(key)?.files.delete(name),
  };
});

describeWorkspace('directories that memory knows', async () => ({
  workspace: new MemoryWorkspace(await tempDir(), new Map(), () => undefined),
  entries: new MemoryEntryStore(),
}));

describeWorkspace('a directory before entries in memory', async () => ({
  workspace: await workspace(),
  entries: new MemoryEntryStore(),
}));
