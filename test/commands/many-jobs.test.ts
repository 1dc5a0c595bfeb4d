/** Jobs that are canceled or retried together. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runCommand, type Ran } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
let runner: ScriptedRunner;

beforeEach(async () => {
  cwd = await tempDir();
  runner = new ScriptedRunner();
  for (const name of ['a', 'b', 'c']) await writeFile(join(cwd, `${name}.json`), `{"${name}":1}`);
});

const cab = (line: string): Promise<Ran> => runCommand(line.split(' '), { cwd, runner });
const statuses = async (): Promise<unknown> => (await cab('status --json')).json[0];
const failsOn = (...names: string[]): void => {
  runner.behave = (call) =>
    names.some((name) => call.features_path.endsWith(`${name}.json`))
      ? Promise.reject(new Error('no luck'))
      : undefined;
};

describe('cab cancel', () => {
  it('takes all jobs that have not ended, and tells how many', async () => {
    await cab('submit a.json');
    await cab('submit b.json c.json --enqueue');
    const { code, stdout, stderr } = await cab('cancel --all');
    expect([code, stderr]).toEqual([0, '2 jobs canceled\n']);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(await statuses()).toMatchObject({ counts: { canceled: 2, done: 1, pending: 0 } });
    expect(await cab('cancel --all')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `no job is pending or running in ${join(cwd, 'data/echo_cas')}\n`,
    });
  });

  it('takes those of a track alone', async () => {
    await cab('submit a.json b.json --enqueue');
    const { json } = await cab('cancel --track a --json');
    expect(json).toMatchObject([{ track_id: 'a', status: 'canceled' }]);
    expect(await statuses()).toMatchObject({ counts: { canceled: 1, pending: 1 } });
    expect((await cab('cancel --track c')).stderr).toContain('no job of track "c"');
  });

  it('wants jobs to be named in one way', async () => {
    const id = (await cab('submit a.json --enqueue')).stdout.trim();
    for (const line of ['cancel', `cancel ${id} --all`, 'cancel --all --track a'])
      expect((await cab(line)).code, line).toBe(2);
    expect(await statuses()).toMatchObject({ counts: { pending: 1 } });
  });
});

describe('cab retry --failed', () => {
  it('submits what failed again, and tells how many', async () => {
    failsOn('a', 'b');
    await cab('submit a.json b.json c.json');
    failsOn('b');
    const { code, stdout, stderr } = await cab('retry --failed');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^2 jobs that failed are submitted again\n/);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(await statuses()).toMatchObject({ counts: { done: 2, error: 3 } });
  });

  it('takes each work once, and none that was done since', async () => {
    failsOn('a', 'b');
    await cab('submit a.json b.json');
    await cab('submit a.json');
    failsOn();
    await cab('submit b.json');
    const { code, stdout, stderr } = await cab('retry --failed');
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 1]);
    expect(stderr).toMatch(/^1 job that failed is submitted again\n/);
    expect(await cab('retry --failed')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: `no failed job is left to retry in ${join(cwd, 'data/echo_cas')}\n`,
    });
  });

  it('leaves what was canceled, and takes no job beside it', async () => {
    const id = (await cab('submit a.json --enqueue')).stdout.trim();
    await cab(`cancel ${id}`);
    expect((await cab('retry --failed')).stdout).toBe('');
    for (const line of ['retry', `retry ${id} --failed`]) expect((await cab(line)).code).toBe(2);
  });
});
