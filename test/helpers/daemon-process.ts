import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanEnvironment, program } from './cab.ts';
import { undoneAfterTest } from './clean-up.ts';
import { until } from './until.ts';

export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** The end of what it has logged so far. */
  readonly log: () => string;
  /** Resolves with the exit code once it is gone. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

export interface DaemonProcessOptions {
  readonly root: string;
  readonly args?: readonly string[];
  /** What is started in place of `cab serve`: the reference broker's command line, or an installed one. */
  readonly program?: string | readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** `cab serve` in a process of its own, killed after the test; resolves once it says where it listens. */
export async function daemonProcess(options: DaemonProcessOptions): Promise<DaemonProcess> {
  return startDaemonProcess(options, (child) => undoneAfterTest(() => child.kill('SIGKILL')));
}

/** As `daemonProcess`, but the caller ends it. */
export async function startDaemonProcess(
  options: DaemonProcessOptions,
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<DaemonProcess> {
  const { root, args = [], cwd, env } = options;
  const begin = options.program === undefined ? [program, 'serve'] : [options.program].flat();
  const child = spawn(process.execPath, [...begin, '--port', '0', '--cas-root', root, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd,
    env: { ...cleanEnvironment(), ...env },
  });
  onStart(child);
  let said = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (said = (said + text).slice(-100_000)));
  const url = await until(async () => {
    if (hasEnded(child)) throw new Error(`the daemon ended: ${said}`);
    const text = await readFile(join(root, '.cab/daemon.json'), 'utf8').catch(() => '{}');
    const daemon = JSON.parse(text) as { pid?: number; url?: string | null };
    return daemon.pid === child.pid && (daemon.url ?? undefined);
  });
  return {
    child,
    url,
    log: () => said,
    end: async (signal = 'SIGTERM') => {
      const gone = hasEnded(child) ? undefined : once(child, 'exit');
      child.kill(signal);
      await gone;
      return child.exitCode;
    },
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;
