import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { currentOwner } from '../../src/support/process/owner.ts';
import { newJob, scopeOf } from '../helpers/jobs.ts';
import { runCommand } from '../helpers/run-command.ts';
import { openQueue } from '../helpers/sqlite-queue.ts';
import { tempDir } from '../helpers/temp-dir.ts';

it('cab status says of a running job that its worker is dead, and what comes of it', async () => {
  const cwd = await tempDir();
  const store = await openQueue(join(cwd, 'data/echo_cas/.cab/jobs.db'));
  const [mine, lost] = await store.submit([newJob('a'), newJob('b')]);
  await store.claim(scopeOf(currentOwner()), 1);
  const { pid } = spawnSync(process.execPath, ['--version']);
  await store.claim(scopeOf({ ...currentOwner(), pid, started: '1' }), 1);
  await store.close();
  const status = (...args: string[]) => runCommand(['status', ...args], { cwd });
  expect((await status(lost?.id ?? '')).stdout).toMatch(/\(process \d+\) has died[\s\S]*cab serve/);
  expect((await status(mine?.id ?? '')).stdout).not.toContain('died');
  expect((await status()).stdout).toMatch(
    new RegExp(`${lost?.id.slice(-8) ?? ''} +running .* crashed`),
  );
  expect((await status(lost?.id ?? '', '--json')).json).toMatchObject([
    { status: 'running', problem: { code: 'crashed' } },
  ]);
});
