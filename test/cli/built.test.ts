import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
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

const takesCache = `
  const { readFileSync } = require('node:fs');
  const filename = process.argv[1] + '/cli.cjs';
  const cachedData = readFileSync(process.argv[1] + '/cli.cache');
  const script = new (require('node:vm').Script)(readFileSync(filename, 'latin1'), { filename, cachedData });
  process.stdout.write(script.cachedDataRejected ? 'rejected' : 'taken');
`;

it('starts from a code cache that this V8 takes up', async () => {
  // In a process of its own: other tests have set flags of V8 here, and a cache holds for one set of flags.
  const { stdout } = await execa('node', ['-e', takesCache, dist]);
  expect(stdout).toBe('taken');
});
