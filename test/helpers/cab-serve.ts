import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { until } from './until.ts';

const program = join(import.meta.dirname, '../../bin/run.js');

export interface DaemonStart {
  readonly root: string;
  readonly cwd: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it has logged so far. */
  readonly log: () => string;
}

const running: ChildProcess[] = [];
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

/** Starts the built `cab serve` on a free port, and resolves once it says where it listens. Killed after the test. */
export async function cabServe({ root, cwd, args = [], env }: DaemonStart): Promise<DaemonProcess> {
  const child = spawn(
    process.execPath,
    [program, 'serve', '--port', '0', '--cas-root', root, ...args],
    { stdio: ['ignore', 'ignore', 'pipe'], cwd, env: { ...process.env, ...env } },
  );
  running.push(child);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const url = await until(async () => {
    if (child.exitCode !== null) throw new Error(`cab serve ended: ${log}`);
    const text = await readFile(join(root, '.cab/daemon.json'), 'utf8').catch(() => '{}');
    const daemon = JSON.parse(text) as { pid?: number; url?: string | null };
    return daemon.pid === child.pid && (daemon.url ?? undefined);
  });
  return { child, url, log: () => log };
}

/** As a service manager ends it. Resolves with the exit code. */
export async function terminate(child: ChildProcess): Promise<number | null> {
  child.kill('SIGTERM');
  await once(child, 'exit');
  return child.exitCode;
}
