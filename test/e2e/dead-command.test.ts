import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { isRunning, pidIn } from '../contract/runner.ts';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';

/** Hangs, having told its pid, until an attempt of somebody else comes. */
const runner = `sh:if [ -e "$MARKS/first" ]; then sleep "$AGAIN"; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"
  else : > "$CAB_OUT_ROOT/half"; echo $$ > "$MARKS/first"; exec sleep 1000; fi`;

let dir: string;
let env: Record<string, string>;
let command: ChildProcess;
let runnerPid: number;

/** A command that runs a job itself, and hangs with it. */
beforeEach(async () => {
  dir = await tempDir();
  env = { CAB_CAS_ROOT: join(dir, 'tree'), MARKS: dir, AGAIN: '0' };
  await writeFile(join(dir, 'song.json'), '{"n":1}');
  command = spawn(
    process.execPath,
    [program, 'submit', 'song.json', '--offline', '--wait', '--runner', runner],
    { cwd: dir, env: { ...cleanEnvironment(), ...env }, stdio: 'ignore' },
  );
  runnerPid = await pidIn(join(dir, 'first'));
});
afterEach(() => command.kill('SIGKILL'));

async function kill(): Promise<void> {
  const gone = once(command, 'exit');
  command.kill('SIGKILL');
  await gone;
}

async function jobs(): Promise<JobDocument[]> {
  const { stdout } = await cab(['status', '--json'], { env, cwd: dir });
  return (JSON.parse(stdout) as { jobs: JobDocument[] }).jobs;
}

async function theJob(): Promise<JobDocument> {
  const [job] = await jobs();
  if (job === undefined) throw new Error('no job was accepted');
  return job;
}

async function nothingIsLeft(): Promise<void> {
  await until(async () => (await inspectTree(join(dir, 'tree'))).leftovers.length === 0);
  expect(isRunning(runnerPid)).toBe(false);
}

it('a daemon that takes up the job of a killed command ends its runner, and clears what it left', async () => {
  await daemonProcess({ root: join(dir, 'tree'), cwd: dir, env });
  await kill();
  await until(async () => (await theJob()).status === 'done');
  expect(await theJob()).toMatchObject({ attempts: 2 });
  await nothingIsLeft();
});

it('a daemon ends the runner of a job that ends with its command, and clears what it left', async () => {
  const daemon = await daemonProcess({ root: join(dir, 'tree'), cwd: dir, env });
  command.kill('SIGSTOP');
  const { job_id } = await theJob();
  expect(await cab(['cancel', job_id], { env, cwd: dir })).toMatchObject({ code: 0 });
  await kill();
  await until(async () => (await theJob()).status === 'canceled');
  await nothingIsLeft();
  expect(await daemon.end('SIGTERM')).toBe(0);
});

it('cab cancel ends the job of a killed command, and its runner, where nobody else works', async () => {
  const { job_id } = await theJob();
  await kill();
  expect(await cab(['cancel', job_id], { env, cwd: dir })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('canceled') as unknown,
  });
  expect(await theJob()).toMatchObject({ status: 'canceled' });
  await nothingIsLeft();
});

it('a command that is told to goes on with the job of a killed one, after its own, and no other does', async () => {
  await kill();
  const submit = (...args: string[]) =>
    cab(['submit', ...args, '--offline', '--runner', 'sh:cat "$CAB_FEATURES_PATH"'], {
      env: { ...env, AGAIN: '3' },
      cwd: dir,
    });
  expect(await submit('nothing.json')).toMatchObject({ code: 2 });
  expect(await theJob()).toMatchObject({ status: 'running', attempts: 1 });
  for (const n of ['2', '3']) await writeFile(join(dir, `other${n}.json`), n);
  expect(await submit('other2.json')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^computed in \S+\n$/) as string,
  });
  expect((await jobs()).map(({ status }) => status)).toEqual(['done', 'pending']);
  expect(await submit('other3.json', '--adopt')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('jobs that others left behind') as unknown,
  });
  expect((await jobs()).map(({ status }) => status)).toEqual(['done', 'done', 'done']);
});

it('the next command does both, where it has nothing to run itself', async () => {
  await writeFile(join(dir, 'other.json'), '{"n":2}');
  const other = ['submit', 'other.json', '--offline', '--wait', '--runner', runner];
  expect(await cab(other, { env, cwd: dir })).toMatchObject({ code: 0 });
  command.kill('SIGSTOP');
  const [hanging] = (await jobs()).filter(({ status }) => status === 'running');
  await cab(['cancel', hanging?.job_id ?? ''], { env, cwd: dir });
  await kill();
  expect(await cab(other, { env, cwd: dir })).toMatchObject({ code: 0 });
  expect((await jobs()).map(({ status }) => status).sort()).toEqual(['canceled', 'done', 'done']);
  await nothingIsLeft();
});
