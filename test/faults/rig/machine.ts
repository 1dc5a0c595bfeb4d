/**
 * A process of cab that other processes of cab take for one on another machine: it has a host name, processes and, where that can
 * be had, a network of its own. Out of its network lead relays alone, to the servers that its environment names; into it leads one,
 * to its daemon.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { cleanEnvironment, program } from '../../helpers/cab.ts';
import { closedAddress } from '../../helpers/closed-port.ts';

const apart = ['--pid', '--fork', '--kill-child', '--mount-proc', '--uts'];

const works = (...more: readonly string[]): boolean =>
  spawnSync('unshare', [...apart, ...more]).status === 0;

export const hasMachines = works('true');
const hasNetworks = hasMachines && works('--net', 'ip', 'link', 'set', 'lo', 'up');

const relay = join(import.meta.dirname, 'relay.mjs');

/** Of the daemon, in a network where nothing else listens. */
const ownPort = '8080';

export interface MachineOptions {
  readonly name: string;
  readonly words: readonly string[];
  /** Relays have their sockets here. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);

/** Starts, is killed with all that it started, and starts again. */
export class Machine {
  readonly name: string;
  readonly #options: MachineOptions;
  readonly #outside: string;
  #child: ChildProcess | undefined;
  #said = '';

  /** With what leads into its network, until the test has finished. */
  static async connected(options: MachineOptions): Promise<Machine> {
    const outside = await closedAddress();
    const machine = new Machine(options, outside);
    if (!hasNetworks) return machine;
    const pairs = [
      ...machine.#servers.map((port) => `${machine.#socket(port)}=${port}`),
      `${new URL(outside).port}=${machine.#socket(ownPort)}`,
    ];
    const host = spawn(process.execPath, [relay, ...pairs], { stdio: 'ignore' });
    onTestFinished(() => void host.kill('SIGKILL'));
    return machine;
  }

  private constructor(options: MachineOptions, outside: string) {
    this.name = options.name;
    this.#options = options;
    this.#outside = outside;
  }

  start(): void {
    const { name, words, cwd, env } = this.#options;
    const command = [process.execPath, program, ...this.#own(words)];
    const child = spawn('unshare', [...apart, ...this.#networked(name), ...command], {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#child = child;
  }

  /** Where the daemon on it listens, as it is reached from here; undefined: nowhere yet. */
  get url(): string | undefined {
    const address = /"address":"([^"]+)"/.exec(this.#said)?.[1];
    return address === undefined || !hasNetworks ? address : this.#outside;
  }

  /** What it wrote to stderr since it was started. */
  get said(): string {
    return this.#said;
  }

  /** Its command has ended by itself, or was killed. */
  get hasEnded(): boolean {
    const { exitCode = 0, signalCode = null } = this.#child ?? {};
    return exitCode !== null || signalCode !== null;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    const isOver = this.hasEnded;
    this.#child = undefined;
    if (child === undefined || isOver) return;
    const closed = once(child, 'close');
    // unshare passes no other signal on.
    if (signal === 'SIGKILL') child.kill(signal);
    else for (const pid of childrenOf(child.pid ?? 0)) process.kill(pid, signal);
    await closed;
  }

  /** The words before the command: a shell that makes the machine, and waits for its relay. */
  #networked(name: string): readonly string[] {
    if (!hasNetworks) return ['sh', '-c', 'hostname "$0"; exec "$@"', name];
    const door = this.#socket(ownPort);
    const pairs = [
      `${door}=${ownPort}`,
      ...this.#servers.map((port) => `${port}=${this.#socket(port)}`),
    ];
    const begin = `ip link set lo up; hostname "$0"; rm -f ${door}
      "${process.execPath}" ${relay} ${pairs.join(' ')} &
      until test -S ${door}; do sleep 0.02; done; exec "$@"`;
    return ['--net', 'sh', '-c', begin, name];
  }

  #own(words: readonly string[]): readonly string[] {
    return hasNetworks ? words.map((word) => (word === '0' ? ownPort : word)) : words;
  }

  /** Ports of the servers that its environment names. */
  get #servers(): readonly string[] {
    const { CAB_QUEUE = '', AWS_ENDPOINT_URL_S3 = '' } = this.#options.env;
    const named = `${CAB_QUEUE} ${AWS_ENDPOINT_URL_S3}`.matchAll(/\b127\.0\.0\.1:(\d+)/g);
    return [...new Set(Array.from(named, ([, port = '']) => port))];
  }

  /** Inside and outside see the same file. */
  readonly #socket = (port: string): string =>
    join(this.#options.cwd, `${this.#options.name}-${port}.sock`);
}
