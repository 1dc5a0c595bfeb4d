import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FileFilter } from '../../src/watch/file-filter.ts';
import { scan } from '../../src/watch/scan.ts';
import { eachWatching } from './watching.ts';

const now = eachWatching();

/** Gives the files that were found, and whether the folder was seen whole. */
async function scanned(onFirst: () => void) {
  const folder = now().path('');
  const options = { pattern: '*.json', recursive: true, readySuffix: undefined, exclude: [] };
  const found: string[] = [];
  const whole = await scan({
    scope: new FileFilter({ folder, ...options }),
    onFile: async ({ path }) => {
      if (found.length === 0) onFirst();
      found.push(path);
    },
    onSkipped: (path) => found.push(`skipped ${path}`),
    onUnasked: (path) => found.push(`unasked ${path}`),
    signal: new AbortController().signal,
  });
  return { found: found.sort(), whole };
}

it('a directory that is gone since its parent was read hides no other, and the scan is not whole', async () => {
  const names = Array.from({ length: 8 }, (_, n) => n);
  await now().write('first.json', '{}');
  for (const n of names) {
    await now().write(`vanished${n}/a.json`, '{}');
    await now().write(`stays${n}/a.json`, '{}');
  }
  const { found, whole } = await scanned(() => {
    for (const n of names) rmSync(now().path(`vanished${n}`), { recursive: true });
  });
  expect(found).toEqual(['first.json', ...names.map((n) => `stays${n}/a.json`)]);
  expect(whole).toBe(false);
});

it('finds all names of a large directory', async () => {
  const names = Array.from({ length: 100 }, (_, n) => `f${n}.json`);
  for (const name of names) await now().write(name, '{}');
  expect(await scanned(() => undefined)).toEqual({ found: names.sort(), whole: true });
});

it('tells files that only the pattern leaves out', async () => {
  for (const name of ['a.json', 'b.txt', '.hidden.txt', 'below/c.txt', 'below/d.json'])
    await now().write(name, '{}');
  const { found } = await scanned(() => undefined);
  expect(found).toEqual(['a.json', 'below/d.json', 'unasked b.txt', 'unasked below/c.txt']);
});

it('fails where the folder itself is gone, and hides no defect of its caller', async () => {
  await now().write('below/a.json', '{}');
  const defect = () => {
    throw new TypeError('a defect');
  };
  await expect(scanned(defect)).rejects.toThrow('a defect');
  await rm(now().path(''), { recursive: true });
  await expect(scanned(() => undefined)).rejects.toMatchObject({ code: 'ENOENT' });
});
