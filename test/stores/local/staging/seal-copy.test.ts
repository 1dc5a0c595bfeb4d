import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sealedCopy } from '../../../../src/stores/local/staging/seal-copy.ts';
import { isUntouched } from '../../../../src/core/hashing/untouched.ts';
import { sha256 } from '../../../../src/core/hashing/digest.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const { signal } = new AbortController();

async function file(content: string) {
  const dir = await tempDir();
  const path = join(dir, 'made');
  await writeFile(path, content);
  return { path, place: join(dir, 'copy'), aside: join(dir, 'aside') };
}

it.each([10, 5_000_000])('a copy of %i bytes has the digest of what was written', async (size) => {
  const content = 'abcdefghij'.repeat(size / 10);
  const { path, place } = await file(content);
  const copied = await sealedCopy(path, place, signal);
  expect(copied).toMatchObject({ sha256: sha256(content), size });
  expect(await readFile(place, 'utf8')).toBe(content);
});

it('a link in the place of the file is not followed', async () => {
  const { path, place, aside } = await file('secret');
  await rename(path, aside);
  await symlink(aside, path);
  await expect(sealedCopy(path, place, signal)).rejects.toMatchObject({ code: 'ELOOP' });
  expect(existsSync(place)).toBe(false);
});

it('a pipe in the place of the file is not waited for', async () => {
  const { path, place, aside } = await file('');
  await rename(path, aside);
  execFileSync('mkfifo', [path]);
  expect(await sealedCopy(path, place, signal)).toBeUndefined();
});

it('a copy never goes over what has its place', async () => {
  const { path, place } = await file('one');
  await writeFile(place, 'another');
  await expect(sealedCopy(path, place, signal)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(place, 'utf8')).toBe('another');
});

it('a file that was replaced by a link to itself counts as touched', async () => {
  const { path, place, aside } = await file('one');
  const copied = await sealedCopy(path, place, signal);
  if (copied === undefined) throw new Error('it was not copied');
  expect(isUntouched(copied.from)).toBe(true);
  await rename(path, aside);
  await symlink(aside, path);
  expect(isUntouched(copied.from)).toBe(false);
});
