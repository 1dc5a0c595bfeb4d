import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/support/process/clock.ts';
import { currentOwner, isAlive } from '../../../src/support/process/owner.ts';
import type { Owner } from '../../../src/core/model/job/job.ts';
import { parseStat } from '../../../src/support/process/process-stat.ts';
import { bundle } from '../../helpers/bundle.ts';
import { ownedTempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

const otherTime = ['--time', '--monotonic', '100000', '--boottime', '100000', '--fork'];

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

const statOf = (pid: number | undefined) => readFile(`/proc/${String(pid)}/stat`, 'latin1');

async function ownerOf(pid = -1): Promise<Owner> {
  const { started } = parseStat(await statOf(pid));
  return { machine: currentOwner().machine, pid, started };
}

describe.runIf(process.platform === 'linux')('an owner', () => {
  it('is this process, by pid and start time', () => {
    const self = currentOwner();
    expect(self).toMatchObject({
      pid: process.pid,
      started: expect.stringMatching(/^\d+$/) as unknown,
    });
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, started: '1' })).toBe(false);
  });

  it('is dead as soon as it was killed, and so is another process under its pid', async () => {
    const child = start('sleep', ['600']);
    const owner = await ownerOf(child.pid);
    expect(isAlive(owner)).toBe(true);
    expect(isAlive({ ...owner, started: String(Number(owner.started) - 1) })).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(owner)).toBe(false);
  });

  it('is dead as a zombie, which still has its pid', async () => {
    // The child outlives the shell, which becomes a program that never asks for its children.
    const child = '(until grep -q sleep /proc/$$/comm; do sleep 0.01; done)';
    const parent = start('sh', ['-c', `${child} & echo $!; exec sleep 600`]);
    let output = '';
    parent.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const pid = await until(() => output.includes('\n') && Number(output));
    await until(async () => / Z /.test(await statOf(pid)));
    expect(isAlive(await ownerOf(pid))).toBe(false);
  });

  it('is found by its fields whatever its name looks like', async () => {
    const dir = await ownedTempDir();
    const program = join(dir.path, 'a) Z 1 (b');
    await copyFile('/bin/sleep', program);
    const child = start(program, ['600']);
    await until(async () => (await statOf(child.pid)).includes('a) Z 1 (b'));
    expect(isAlive(await ownerOf(child.pid))).toBe(true);
    await dir.remove();
  });

  it('is unknown in another pid namespace, and dead with its boot', () => {
    const self = currentOwner();
    const [host, boot, namespace] = self.machine.split('/');
    expect(isAlive({ ...self, machine: `${String(host)}/${String(boot)}/pid:[1]` })).toBe(
      'unknown',
    );
    expect(isAlive({ ...self, machine: `other/${String(boot)}/${String(namespace)}` })).toBe(
      'unknown',
    );
    expect(isAlive({ ...self, machine: `${String(host)}/earlier/${String(namespace)}` })).toBe(
      false,
    );
  });

  it.runIf(canChangeTime())(
    'in another time namespace is unknown, not dead, and leases run by the same clock there',
    async () => {
      const script = await bundle(join(import.meta.dirname, '../../stores/sqlite/other-time.ts'));
      const owner = JSON.stringify(currentOwner());
      const { stdout } = await execa('unshare', [...otherTime, 'node', script.path, owner]);
      await script.remove();
      const { alive, now } = JSON.parse(stdout) as { alive: unknown; now: number };
      expect(alive).toBe('unknown');
      expect(Math.abs(now - systemClock.monotonic())).toBeLessThan(60_000);
    },
  );
});

function canChangeTime(): boolean {
  return spawnSync('unshare', [...otherTime, 'true']).status === 0;
}
