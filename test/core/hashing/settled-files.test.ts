/** What is remembered of files that changed too long ago to change again unseen. */
import { appendFileSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { digestsIn } from '../../../src/core/hashing/file-digests.ts';
import { PathStamps } from '../../../src/core/hashing/path-stamps.ts';
import type { RememberedDigest } from '../../../src/core/model/request/digest-memory.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

let path: string;
beforeEach(async () => {
  path = join(await tempDir(), 'database');
  await writeFile(path, 'one');
  // Some ticks of the clock of files.
  const { ctimeMs } = await stat(path);
  await until(() => Date.now() - ctimeMs > 100);
});

/** Remembers nothing before, and does `meanwhile` between the look at a file and its reading. */
function memory(meanwhile: () => void) {
  const remembered: RememberedDigest[] = [];
  const digests = async () => {
    meanwhile();
    return [undefined];
  };
  return {
    remembered,
    digests,
    rememberDigests: async (all: readonly RememberedDigest[]) => void remembered.push(...all),
  };
}

it('are the digest of a file, under what it was when it was read', async () => {
  const store = memory(() => undefined);
  expect(await digestsIn(store)(path)).toBe(sha256('one'));
  expect(store.remembered).toMatchObject([{ path, digest: sha256('one') }]);
});

it('are not the digest of a file that changed while it was read', async () => {
  const store = memory(() => appendFileSync(path, ', two'));
  expect(await digestsIn(store)(path)).toBe(sha256('one, two'));
  expect(store.remembered).toEqual([]);
});

it('are the stamps of the way to a file', () => {
  expect(new PathStamps([path]).isSettled).toBe(true);
});
