import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from '../../core/model/errors.ts';
import type { Owner } from '../../core/model/job.ts';
import { hasEnded, parseStat } from './process-stat.ts';
import { bootId } from './clock.ts';

/** `unknown`: the process cannot be seen from here (another pid or time namespace); its lease decides. */
export type Liveness = boolean | 'unknown';

let self: Owner | undefined;

/** This process, as the jobs that it runs and submits name it. */
export function currentOwner(): Owner {
  return (self ??= {
    machine: machineOf(bootId()),
    pid: process.pid,
    started: look(process.pid)?.started ?? '',
  });
}

/**
 * Whether the process still runs: not merely its pid, which may have gone to another. A zombie is dead. Pids can be compared
 * within a pid namespace, start times within a time namespace, which shifts them for those who look from within.
 * A process of another boot is dead wherever it ran: the queue's shared memory ties its users to one kernel.
 */
export function isAlive(owner: Owner): Liveness {
  const { machine, pid, started } = currentOwner();
  if (owner.machine !== machine) return bootOf(owner.machine) === bootOf(machine) && 'unknown';
  if (owner.pid === pid) return owner.started === started;
  const found = look(owner.pid);
  if (found !== undefined) return !found.zombie && found.started === owner.started;
  return answersSignals(owner.pid) && 'unknown';
}

/** For certain. */
export const isDead = (owner: Owner): boolean => isAlive(owner) === false;

/** A host name holds no slash, so that the parts can be told apart again. */
const machineOf = (boot: string): string =>
  [hostname(), boot, namespaceOf('pid'), namespaceOf('time')].join('/');
const bootOf = (machine: string): string | undefined => machine.split('/')[1];

/** Empty where the system knows of none. */
function namespaceOf(kind: 'pid' | 'time'): string {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

interface ProcessState {
  readonly started: string;
  readonly zombie: boolean;
}

/** Undefined where there is no such process, or where it is hidden. */
const look = (pid: number): ProcessState | undefined =>
  process.platform === 'linux' ? lookInProc(pid) : askPs(pid);

function lookInProc(pid: number): ProcessState | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return { started: stat.started, zombie: hasEnded(stat) };
  } catch (error) {
    // ESRCH: the process went between open and read.
    if (['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

function askPs(pid: number): ProcessState | undefined {
  const { stdout, status } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  const [, state = '', started = ''] = /^(\S+)\s+(.+?)\s*$/.exec(status === 0 ? stdout : '') ?? [];
  return started === '' ? undefined : { started, zombie: state.startsWith('Z') };
}

/** Where /proc hides the processes of other users, one that is not seen may yet be there. */
function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    if (errnoOf(error) === 'EPERM') return true;
    throw error;
  }
}
