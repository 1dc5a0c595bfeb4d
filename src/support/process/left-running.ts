/** Processes that outlive the attempt that started them: those of another user, and those that can no longer be identified. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../../core/model/errors.ts';

export interface LeftProcess {
  readonly pid: number;
  /** The words of its command, or its name in brackets if it hides them; empty if neither is known. */
  readonly command: string;
}

export const leftProcess = (pid: number): LeftProcess => ({ pid, command: commandOf(pid) });

/** For the log of a job. */
export const leftText = (left: readonly LeftProcess[]): string =>
  left.length === 0
    ? 'cab: left running: a process that this user may not see still holds the output open\n'
    : `cab: left running, for it could not be ended or had left the runner's process group:\n${left
        .map(({ pid, command }) => `  ${pid}  ${command}\n`)
        .join('')}`;

/** The pipes and sockets to which a process writes. Other processes that hold the same ones are found by these names. */
export function outputsOf(pid: number): ReadonlySet<string> {
  const outputs = [1, 2].map((descriptor) => linkAt(`/proc/${pid}/fd/${descriptor}`) ?? '');
  return new Set(outputs.filter((name) => /^(pipe|socket):/.test(name)));
}

/** Processes that hold one of these open, as far as this user may see. */
export function holdersOf(outputs: ReadonlySet<string>): LeftProcess[] {
  if (outputs.size === 0) return [];
  return namesAt('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      const descriptors = `/proc/${name}/fd`;
      return namesAt(descriptors).some((fd) => outputs.has(linkAt(`${descriptors}/${fd}`) ?? ''));
    })
    .map((name) => leftProcess(Number(name)));
}

function commandOf(pid: number): string {
  const words = textAt(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  if (words !== '') return words.slice(0, mostShown);
  const name = textAt(`/proc/${pid}/comm`).trim();
  return name === '' ? '' : `[${name}]`;
}

/** Characters. */
const mostShown = 200;

const textAt = (path: string): string => ifSeen(() => readFileSync(path, 'utf8')) ?? '';
const linkAt = (path: string): string | undefined => ifSeen(() => readlinkSync(path));
const namesAt = (path: string): string[] => ifSeen(() => readdirSync(path)) ?? [];

/** Undefined if the process has ended, belongs to another user, or there is no /proc. */
function ifSeen<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
