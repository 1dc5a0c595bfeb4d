import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const program = join(import.meta.dirname, '../../bin/run.js');

/** Runs a command in a terminal that is closed once its own input ends. */
const terminal = `
import os, pty, select, sys
child, screen = pty.fork()
if child == 0: os.execv(sys.argv[1], sys.argv[1:])
while 0 not in select.select([0, screen], [], [])[0]: os.read(screen, 65536)
os.close(screen)
os.waitpid(child, 0)
`;

it('keeps what it accepted when its terminal is closed, and ends the runner', async () => {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'a.json'), '{}');
  const runner = 'sh:echo $$ > pid; exec sleep 60';
  const submit = ['submit', 'a.json', '--runner', runner, '--kill-grace', '1s', '--wait'];
  const child = spawn('python3', ['-c', terminal, process.execPath, program, ...submit], { cwd });
  onTestFinished(() => void child.kill());
  const ended = once(child, 'exit');
  const pid = await until(async () => {
    const said = await readFile(join(cwd, 'pid'), 'utf8').catch(() => '');
    return said.endsWith('\n') ? Number(said) : undefined;
  });
  child.stdin.end();
  await ended;
  expect((await cab(['status'], { cwd })).stdout).toMatch(/^1 pending\n/);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
