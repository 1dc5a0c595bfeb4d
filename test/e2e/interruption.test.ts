import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { isRunning, pidIn } from '../contract/runner.ts';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

let dir: string;
let env: Record<string, string>;
beforeEach(async () => {
  dir = await tempDir();
  env = { CAB_CAS_ROOT: join(dir, 'tree'), MARKS: dir };
  for (const name of ['a', 'b', 'c']) await writeFile(join(dir, `${name}.json`), `"${name}"`);
});

/** Tells its pid, and writes the artifact once it may. */
const patient = `sh:echo $$ > "$MARKS/$CAB_TRACK_ID.pid"; until [ -e "$MARKS/go" ] || [ ! -d "$MARKS" ]; do sleep 0.05; done
  cat "$CAB_FEATURES_PATH"`;

function begin(...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: dir,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

const pidOf = (track: string): Promise<number> => pidIn(join(dir, `${track}.pid`));

async function statuses(): Promise<Record<string, string>> {
  const { stdout } = await cab(['status', '--json'], { env, cwd: dir });
  const { jobs } = JSON.parse(stdout) as { jobs: JobDocument[] };
  return Object.fromEntries(jobs.map(({ track_id, status }) => [track_id ?? '', status] as const));
}

it('cancels its jobs and ends their processes, and the next command has nothing to do with them', async () => {
  const child = begin('submit', 'a.json', 'b.json', '--concurrency', '1', '--runner', patient);
  const [stderr, ended] = [text(child.stderr), once(child, 'exit')];
  let ids = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (ids += piece));
  // Files that are hashed at the same time are accepted in any order.
  const pid = await Promise.any([pidOf('a'), pidOf('b')]);
  await until(() => ids.trim().split('\n').length === 2);
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(await stderr).toMatch(/^interrupted: canceling 2 jobs .*\n2 jobs canceled\n$/);
  expect(isRunning(pid)).toBe(false);
  expect(await cab(['submit', 'c.json', '--runner', 'sh:cat'], { cwd: dir, env })).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^computed in \S+\n$/) as string,
  });
  expect(await statuses()).toEqual({ a: 'canceled', b: 'canceled', c: 'done' });
});

it('kills all that its runner started at the second signal, also what listens to none', async () => {
  const runner = `sh:trap '' TERM; (trap '' TERM; exec setsid sh -c 'echo $$ > "$MARKS/deep.pid"; exec sleep 600') &
    echo $$ > "$MARKS/a.pid"; sleep 600; sleep 600`;
  const child = begin('submit', 'a.json', '--kill-grace', '5m', '--runner', runner);
  const ended = once(child, 'exit');
  const pids = [await pidOf('a'), await pidOf('deep')];
  child.kill('SIGINT');
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  await until(() => pids.every((pid) => !isRunning(pid)));
});

it('cancels its jobs in a daemon, but not one that a job of somebody else waits for', async () => {
  await daemonProcess({ root: join(dir, 'tree'), cwd: dir, env, args: ['--runner', patient] });
  const child = begin('submit', 'a.json', 'b.json', '--runner', patient, '--wait');
  const [stderr, ended] = [text(child.stderr), once(child, 'exit')];
  await Promise.all([pidOf('a'), pidOf('b')]);
  const other = ['submit', 'a.json', '--track', 'other', '--runner', patient];
  expect(await cab(other, { cwd: dir, env })).toMatchObject({ code: 0 });
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(await stderr).toMatch(/^\S+ {2}a\.json: left running, for another job waits/m);
  expect(await stderr).toMatch(/^\S+ {2}b\.json: canceled$/m);
  expect(await statuses()).toEqual({ a: 'running', b: 'canceled', other: 'pending' });
  await writeFile(join(dir, 'go'), '');
  await until(async () => (await statuses())['other'] === 'done');
});

it('cab logs --follow stays to the end of a job that another process runs', async () => {
  begin('submit', 'a.json', '--offline', '--runner', `${patient}; echo the end >&2`);
  await pidOf('a');
  const { stdout } = await cab(['status', '--json'], { env, cwd: dir });
  const id = (JSON.parse(stdout) as { jobs: JobDocument[] }).jobs[0]?.job_id ?? '';
  const logs = begin('logs', id, '--follow');
  const [shown, ended] = [text(logs.stdout), once(logs, 'exit')];
  // As long as it takes another command to start and end, at the least.
  await cab(['status'], { env, cwd: dir });
  await writeFile(join(dir, 'go'), '');
  expect(await ended).toEqual([0, null]);
  expect(await shown).toBe('the end\n');
  expect((await statuses())['a']).toBe('done');
});
