import { execa } from 'execa';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');

it('cab works under test runners that give each file a realm of its own', async () => {
  const config = join(import.meta.dirname, 'vitest.config.ts');
  const { exitCode, all } = await execa('npx', ['vitest', 'run', '--config', config], {
    cwd: project,
    all: true,
    reject: false,
  });
  expect([exitCode, all]).toEqual([0, expect.stringContaining('1 passed')]);
});
