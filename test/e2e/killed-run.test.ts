import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cab, program } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

describe('cab run that is ended from outside', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await tempDir();
    await mkdir(join(dir, '.git'));
  });

  /** Resolves once the command has written `begun`. */
  async function started(line: string) {
    const child = spawn(process.execPath, [program, 'run', '-o', 'out', '--shell', '--', line], {
      ...{ cwd: dir, stdio: 'ignore' },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await until(() => existsSync(join(dir, 'begun')) || undefined);
    return child;
  }

  const line = 'echo half > out; touch begun; test -e go || sleep 60; echo whole > out';

  it('leaves a job that ends with the next work on the root, and no result', async () => {
    const child = await started(line);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await cab(['status'], { cwd: dir })).stdout).toMatch(/running .* crashed/);
    await cab(['run', '--', 'touch', 'go'], { cwd: dir });
    const after = JSON.parse((await cab(['status', '--json'], { cwd: dir })).stdout) as {
      counts: object;
      jobs: { job_id: string; status: string }[];
    };
    expect(after.counts).toMatchObject({ pending: 0, running: 0, canceled: 1 });
    const id = after.jobs.find(({ status }) => status === 'canceled')?.job_id ?? '';
    const retry = await cab(['retry', '--wait', id], { cwd: dir });
    expect(retry.code).not.toBe(0);
    expect(retry.stderr).toContain('cab run');
    expect((await cab(['status'], { cwd: dir })).stdout).toMatch(/^1 done · 1 canceled\n/);
    const again = await cab(['run', '-o', 'out', '--shell', '--', line], { cwd: dir });
    expect(again.stderr).toContain('cab: computed');
    expect(readFileSync(join(dir, 'out'), 'utf8')).toBe('whole\n');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends the command on %s', async (signal) => {
    const child = await started('echo $$ > begun; exec sleep 60');
    const pid = await until(() => Number(readFileSync(join(dir, 'begun'), 'utf8')) || undefined);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect((await cab(['status'], { cwd: dir })).stdout).toMatch(/^1 canceled\n/);
  });

  it('ends the command if nobody reads what it writes any more', async () => {
    const child = spawn(process.execPath, [program, 'run', '--', 'yes'], {
      ...{ cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([130, null]);
    expect((await cab(['status'], { cwd: dir })).stdout).toMatch(/^1 canceled\n/);
  });

  it('ends the command while its reader is blocked', async () => {
    const child = spawn(process.execPath, [program, 'run', '--', 'yes'], {
      ...{ cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'readable');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([130, null]);
  });

  it('says nothing of a hit whose reader has gone, and is interrupted', async () => {
    const words = ['run', '--', 'seq', '2000000'];
    await cab(words, { cwd: dir });
    const child = spawn(process.execPath, [program, ...words], {
      ...{ cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(said).toBe('');
  });
});
