/** A process of cab that other processes of cab take for one on another machine: it has a host name and processes of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cleanEnvironment, program } from '../../helpers/cab.ts';

export const hasMachines =
  spawnSync('unshare', ['--pid', '--fork', '--mount-proc', '--uts', 'true']).status === 0;

export interface MachineOptions {
  readonly name: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);

/** Starts, is killed with all that it started, and starts again. */
export class Machine {
  readonly name: string;
  readonly #options: MachineOptions;
  #child: ChildProcess | undefined;
  #said = '';

  constructor(options: MachineOptions) {
    this.name = options.name;
    this.#options = options;
  }

  start(): void {
    const { name, words, cwd, env } = this.#options;
    const shell = ['sh', '-c', 'hostname "$0"; exec "$@"', name, process.execPath, program];
    const child = spawn(
      'unshare',
      ['--pid', '--fork', '--kill-child', '--mount-proc', '--uts', ...shell, ...words],
      { cwd, env: { ...cleanEnvironment(), ...env }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#child = child;
  }

  /** Where the daemon on it listens; undefined: nowhere yet. */
  get url(): string | undefined {
    return /"address":"([^"]+)"/.exec(this.#said)?.[1];
  }

  /** What it wrote to stderr since it was started. */
  get said(): string {
    return this.#said;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    // unshare passes no other signal on.
    if (signal === 'SIGKILL') child.kill(signal);
    else for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, signal);
    await closed;
  }
}
