import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { builtFile } from '../../../src/support/thread/built-file.ts';

const folder = builtFile('ui');
const kib = 1024;

const sizeOf = async (name: string): Promise<number> =>
  (await stat(join(folder, `${name}.br`))).size;

const textOf = async (name: string): Promise<string> =>
  brotliDecompressSync(await readFile(join(folder, `${name}.br`))).toString();

/** A script, and what it needs before it runs. */
async function withImports(name: string, found = new Set<string>()): Promise<Set<string>> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, imported = ''] of (await textOf(name)).matchAll(/(?:from|import)"\.\/([^"]+)"/g))
    await withImports(imported, found);
  return found;
}

const sum = (sizes: readonly number[]): number => sizes.reduce((all, each) => all + each, 0);

it('takes 60 KiB in all', async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.br'));
  const sizes = await Promise.all(names.map((name) => sizeOf(name.slice(0, -3))));
  expect(sum(sizes)).toBeGreaterThan(20 * kib);
  expect(sum(sizes)).toBeLessThanOrEqual(60 * kib);
});

it('takes 35 KiB before the first row, and the library for drawings comes later', async () => {
  const page = await textOf('index.html');
  const named = [...page.matchAll(/"\/ui\/assets\/([^"]+)"/g)].map(([, name = '']) => name);
  const main = named.find((name) => name.endsWith('.js')) ?? '';
  const first = new Set([...named, ...(await withImports(main)), 'index.html']);
  expect(sum(await Promise.all([...first].map(sizeOf)))).toBeLessThanOrEqual(35 * kib);
  for (const name of first)
    if (name.endsWith('.js')) expect(await textOf(name)).not.toContain('u-legend');
});
