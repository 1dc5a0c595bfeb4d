import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';
import { until } from './until.ts';

const bin = join(import.meta.dirname, '../../bin');
const running: ChildProcess[] = [];

afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** All that it said, once it has ended. */
  readonly said: Promise<string>;
  /** Sends the signal and gives the exit code. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

export interface DaemonCall {
  readonly root: string;
  readonly cwd: string;
  /** `run.js serve`, or the reference broker's command line. */
  readonly program?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A daemon in a process of its own, killed after the test; there once it says where it listens. */
export async function daemonProcess(
  args: readonly string[],
  { root, cwd, env, program: [file = '', ...first] = ['run.js', 'serve'] }: DaemonCall,
): Promise<DaemonProcess> {
  const child = spawn(
    process.execPath,
    [join(bin, file), ...first, '--cas-root', root, '--port', '0', ...args],
    { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  running.push(child);
  const said = text(child.stderr);
  const url = await until(async () => {
    if (child.exitCode !== null) throw new Error(`the daemon ended: ${await said}`);
    const file = await readFile(join(root, '.cab/daemon.json'), 'utf8').catch(() => '{}');
    const { pid, url } = JSON.parse(file) as { pid?: number; url?: string | null };
    return pid === child.pid && (url ?? undefined);
  });
  return {
    child,
    url,
    said,
    end: async (signal = 'SIGTERM') => {
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}
