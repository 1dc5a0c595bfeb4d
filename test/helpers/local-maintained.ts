import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckPool } from '../../src/compose/threads/check-pool.ts';
import { maintainRoot } from '../../src/compose/stores/maintain-root.ts';
import { openRoot } from '../../src/compose/stores/open-root.ts';
import { trackFileName } from '../../src/core/model/entry/track-name.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import type { MaintainedFixture } from '../contract/maintained.ts';
import { fileNames } from './file-names.ts';
import { tempDir } from './temp-dir.ts';

/** A fresh root in a directory. */
export async function localMaintained(): Promise<MaintainedFixture> {
  const root = await tempDir();
  const layout = layoutOf(root);
  return {
    open: () => maintainRoot({ root, ...fileNames }),
    stores: openRoot({ root, ...fileNames }),
    checker: (quick) => new CheckPool({ entries: layout.entries, ...fileNames, quick }, 2),
    damageEntry: async (key, file) => flip(join(layout.entry(key), file)),
    removeEntry: (key) => rm(layout.entry(key), { recursive: true }),
    damagePointer: (track) =>
      writeFile(join(layout.index, `${trackFileName(track)}.json`), 'no JSON'),
    damageInput: flip,
  };
}

/** In another file, for a published one cannot be written. */
async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
  await rm(path);
  await writeFile(path, bytes);
}
