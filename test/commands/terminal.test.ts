import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { runCommand, type Ran } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
let job: string;
let runner: ScriptedRunner;
const env = { NO_COLOR: '1' };
const driving = '\u001B]0;mine\u0007\u001B[2J';

const cab = (argv: string[], isTerminal: boolean): Promise<Ran> =>
  runCommand(argv, { cwd, runner, env, isTerminal });

beforeEach(async () => {
  cwd = await tempDir();
  runner = new ScriptedRunner();
  runner.behave = (_call, { log }) => {
    log('stdout', `${driving}written\n`);
    return undefined;
  };
  await writeFile(join(cwd, 'a.json'), '{"a":1}');
  const submitted = await cab(['submit', 'a.json', '--track', `t${driving}`, '--json'], false);
  job = (submitted.json[0] as { job_id: string }).job_id;
});

it('a log does not drive the terminal, unless it is asked to', async () => {
  const seen = await cab(['logs', job], true);
  expect(seen.stdout).toBe('^[]0;mine^G^[[2Jwritten\n');
  expect((await cab(['logs', job, '--raw'], true)).stdout).toBe(`${driving}written\n`);
});

it('and comes through a pipe as it is', async () => {
  expect((await cab(['logs', job], false)).stdout).toBe(`${driving}written\n`);
});

it.each([
  ['status'],
  ['tracks'],
  ['history', `t${driving}`],
  ['get', `no${driving}`],
  ['get', `t${driving}`, '--pointer'],
  ['logs', `no${driving}`],
])('no name, track or message drives it either: %s', async (...argv) => {
  const { stdout, stderr } = await cab(argv, true);
  expect(stdout + stderr).not.toBe('');
  // eslint-disable-next-line no-control-regex -- this is what is looked for
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/);
});
