import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const dist = join(import.meta.dirname, '../../dist');

it('tells an error of the core as what it is, whichever file of the bundle the command is in', async () => {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'broken.json'), '{"n":');
  for (const command of ['submit', 'explain', 'hash']) {
    const { code, stderr } = await cab([command, 'broken.json'], { cwd });
    expect(stderr).toContain('written to the end');
    expect(stderr).not.toContain('defect');
    expect(code).toBe(2);
  }
});

it('starts from a code cache that this V8 takes up', async () => {
  const filename = join(dist, 'cli.cjs');
  const script = new Script(await readFile(filename, 'latin1'), {
    filename,
    cachedData: await readFile(join(dist, 'cli.cache')),
  });
  expect(script.cachedDataRejected).toBe(false);
});
