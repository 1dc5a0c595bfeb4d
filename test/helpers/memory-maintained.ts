import { basename } from 'node:path';
import { maintainMemoryRoot } from '../../src/compose/stores/maintain-memory-root.ts';
import { openMemoryRoot } from '../../src/compose/stores/open-memory-root.ts';
import { CabError } from '../../src/core/model/errors.ts';
import { MemoryChecker } from '../../src/stores/memory/maintenance/memory-checker.ts';
import { MemoryRoot } from '../../src/stores/memory/memory-root.ts';
import type { MaintainedFixture } from '../contract/maintained.ts';
import { tempDir } from './temp-dir.ts';

/** A fresh root in memory. */
export async function memoryMaintained(): Promise<MaintainedFixture> {
  const root = new MemoryRoot();
  const directory = await tempDir();
  const damaged = new CabError('pointer_invalid', 'no pointer');
  return {
    open: () => maintainMemoryRoot({ root, directory }),
    stores: openMemoryRoot({ root, directory }),
    checker: (quick) => new MemoryChecker(root.entries, quick),
    damageEntry: async (key, file) => flip(root.entries.get(key)?.files.get(file)),
    removeEntry: async (key) => void root.entries.take(key),
    damagePointer: async (track) => void root.pointers.set(`${track}.json`, damaged),
    damageInput: async (place) => flip(root.inputs.get(basename(place))?.bytes),
  };
}

function flip(bytes: Uint8Array | undefined): void {
  if (bytes === undefined) throw new Error('there is nothing to damage');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
}
