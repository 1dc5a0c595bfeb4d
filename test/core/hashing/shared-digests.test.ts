import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { digestsIn } from '../../../src/core/hashing/file-digests.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

async function settledFile(content: Buffer): Promise<string> {
  const file = join(await tempDir(), 'large.db');
  await writeFile(file, content);
  await utimes(file, new Date(0), new Date(0));
  await delay(100);
  return file;
}

it('gives many who ask at once the digest of one reading', async () => {
  const content = Buffer.alloc(8 << 20, 'x');
  const file = await settledFile(content);
  const remembered: string[] = [];
  const digest = digestsIn({
    digests: async (files) => files.map(() => undefined),
    rememberDigests: async (digests) => void remembered.push(...digests.map(({ path }) => path)),
  });
  const found = await Promise.all(Array.from({ length: 20 }, () => digest(file)));
  expect(new Set(found)).toEqual(new Set([sha256(content)]));
  expect(remembered).toHaveLength(1);
});

it('gives the others their digest if the job that began it is ended', async () => {
  const content = Buffer.alloc(64 << 20, 'y');
  const file = await settledFile(content);
  const digest = digestsIn();
  const ending = new AbortController();
  const first = digest(file, ending.signal);
  const second = digest(file);
  await delay(5);
  ending.abort(new Error('canceled'));
  const [ofFirst, ofSecond] = await Promise.allSettled([first, second]);
  expect(ofFirst.status === 'fulfilled' || ofFirst.reason).toMatchObject({ message: 'canceled' });
  expect(ofSecond).toEqual({ status: 'fulfilled', value: sha256(content) });
});
