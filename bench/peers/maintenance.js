import { execa } from 'execa';
import { setTimeout as delay } from 'node:timers/promises';
import { Skipped } from '../measure.js';
import { cab, knowsCommand, megabytes } from './cab.js';

/** @throws Skipped where this build has no such command */
export async function needCommand(name) {
  if (!(await knowsCommand(name))) throw new Skipped(`this build has no command ${name}`);
}

/** Runs a command over a root; it must find nothing wrong. Its seconds, and the most memory it took, in MB. */
export async function measureCommand(root, args) {
  const begun = performance.now();
  const child = cab([...args, '--offline', '--cas-root', root], { stdout: 'ignore' });
  const [memory] = await Promise.all([peakOf(child.pid), child]);
  return { seconds: (performance.now() - begun) / 1000, megabytes: memory };
}

/** Seconds of a line for the shell; its output is taken and dropped. */
export async function secondsOfShell(line, cwd) {
  const begun = performance.now();
  await execa('sh', ['-c', line], { cwd, stdout: 'ignore' });
  return (performance.now() - begun) / 1000;
}

async function peakOf(pid) {
  let most = 0;
  for (;;) {
    const now = megabytes(pid, 'VmHWM');
    if (now === undefined) return most;
    most = Math.max(most, now);
    await delay(20);
  }
}
