import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from '../../core/model/errors.ts';
import type { Owner } from '../../core/model/job.ts';
import { hasEnded, parseStat } from './process-stat.ts';
import { bootId } from './clock.ts';

/** `unknown`: the process cannot be seen from here (another pid or time namespace). Then its lease decides. */
export type Liveness = boolean | 'unknown';

let self: Owner | undefined;

/** This process, as jobs record it when it runs or submits them. */
export function currentOwner(): Owner {
  return (self ??= {
    machine: machineOf(bootId()),
    pid: process.pid,
    started: look(process.pid)?.started ?? '',
  });
}

/**
 * Whether the process still runs. The pid alone is not enough, because another process may have it now. A zombie is dead. Pids
 * can be compared within a pid namespace; start times within a time namespace, which shifts them for processes inside. A
 * process of another boot is dead wherever it ran: the shared memory of the job store ties its users to one kernel.
 */
export function isAlive(owner: Owner): Liveness {
  const { machine, pid, started } = currentOwner();
  if (owner.machine !== machine) return bootOf(owner.machine) === bootOf(machine) && 'unknown';
  if (owner.pid === pid) return owner.started === started;
  const found = look(owner.pid);
  if (found !== undefined) return !found.zombie && found.started === owner.started;
  return answersSignals(owner.pid) && 'unknown';
}

/** True only if that is certain. */
export const isDead = (owner: Owner): boolean => isAlive(owner) === false;

/** A host name contains no slash, so the parts can be separated again. */
const machineOf = (boot: string): string =>
  [hostname(), boot, namespaceOf('pid'), namespaceOf('time')].join('/');
const bootOf = (machine: string): string | undefined => machine.split('/')[1];

/** Empty if the system has no such namespaces. */
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

/** Undefined if there is no such process, or if it is hidden. */
const look = (pid: number): ProcessState | undefined =>
  process.platform === 'linux' ? lookInProc(pid) : askPs(pid);

function lookInProc(pid: number): ProcessState | undefined {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return { started: stat.started, zombie: hasEnded(stat) };
  } catch (error) {
    // ESRCH: the process ended between open and read.
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

/** If /proc hides the processes of other users, a process that is not visible may still exist. */
function answersSignals(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    if (errnoOf(error) === 'EPERM') return true;
    throw error;
  }
}
