import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ParsedManifests } from '../../../../src/stores/local/entries/parsed-manifests.ts';
import { manifestOf } from '../../../contract/entry-store.ts';
import { keyOf } from '../../../helpers/jobs.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const artifact = { path: 'a.json', sha256: 'a'.repeat(64), size: 1, content_type: 'text/plain' };
const manifest = manifestOf(keyOf('a'), artifact, []);

/** How often a file of this size, which stays the same, is read if it is asked for three times. */
async function readsOf(size: number): Promise<number> {
  const file = join(await tempDir(), 'manifest.json');
  await writeFile(file, '');
  await truncate(file, size);
  // A change within the tick of the system's clock would not show.
  await delay(100);
  const known = new ParsedManifests();
  let reads = 0;
  for (let turn = 0; turn < 3; turn += 1)
    await known.of(file, () => {
      reads += 1;
      return Promise.resolve(manifest);
    });
  return reads;
}

it('reads a manifest once while it stays the same, and does not keep one that would fill the memory', async () => {
  expect(await readsOf(1_000)).toBe(1);
  expect(await readsOf(10_000_000)).toBe(3);
});
