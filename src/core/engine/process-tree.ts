import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../errors.ts';
import { hasEnded, parseStat, type ProcessStat } from '../process-stat.ts';

/**
 * Ends a process with all that it started. What belongs to the tree is found in three ways, since each
 * alone has a hole: the process group (left by `setsid`), the line of parents (broken when a parent dies
 * first) and a mark in the environment (lost under `env -i`). The last two need /proc; without it, as on
 * macOS, the process group is all that is ended.
 */
export interface ProcessTree {
  /** The leader of a process group of its own; null where the tree begins in a thread of this process. */
  readonly pid: number | null;
  /** `processStart(pid)`: tells a reused pid apart. */
  readonly started: string | null;
  /** The value of `CAB_PROCESS_MARK` that the whole tree inherits; unlike any other. */
  readonly mark: string;
}

export const markVariable = 'CAB_PROCESS_MARK';

export const defaultKillGraceMs = 5000;

/** A process in an uninterruptible system call outlives SIGKILL until the call returns; nobody can wait for that. */
const killWaitMs = 5000;

/**
 * SIGTERM to all of the tree, SIGKILL to what is left of it after `graceMs`; resolves once it is gone. Times count from
 * the first look: where this process has no descriptor left to look with, it waits for one.
 */
export async function terminateTree(
  tree: ProcessTree,
  graceMs = defaultKillGraceMs,
): Promise<void> {
  const known = new Map<number, string>();
  let killFrom: number | undefined;
  for (;;) {
    const members = unlessBlind(() => membersOf(tree, known));
    const now = performance.now();
    if (members !== undefined) {
      killFrom ??= now + graceMs;
      if (members.length === 0 || now > killFrom + killWaitMs) return;
      for (const { pid, started } of members) {
        if (now >= killFrom) send(pid, 'SIGKILL');
        else if (!known.has(pid)) send(pid, 'SIGTERM');
        known.set(pid, started);
      }
    }
    await sleep(10);
  }
}

function unlessBlind<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) === 'EMFILE' || errnoOf(error) === 'ENFILE') return undefined;
    throw error;
  }
}

/** When a process began, in clock ticks since boot; null where none of that pid runs, or nobody can tell. */
export function processStart(pid: number): string | null {
  const found = unlessBlind(() => readProcess(pid));
  return found && !hasEnded(found) ? found.started : null;
}

interface ProcessInfo extends ProcessStat {
  /** Negative for a process group. */
  readonly pid: number;
}

/** `known`, pid to start time, holds those found before: their children count even after they are gone from the line. */
function membersOf(tree: ProcessTree, known: ReadonlyMap<number, string>): ProcessInfo[] {
  const table = readProcessTable();
  if (table === null) return groupAlone(tree.pid);
  const leader = tree.pid === null ? undefined : table.get(tree.pid);
  // The kernel gives a pid to nobody while a group of that number exists: another start time means that ours is over.
  const root = leader && tree.started !== null && leader.started !== tree.started ? null : tree.pid;
  const members = new Set<ProcessInfo>();
  for (const info of table.values())
    if (
      (root !== null && (info.pid === root || info.group === root || info.session === root)) ||
      known.get(info.pid) === info.started ||
      hasMark(info.pid, tree.mark)
    )
      members.add(info);
  addDescendants(members, table);
  return [...members].filter((info) => info.pid !== process.pid && !hasEnded(info));
}

function addDescendants(members: Set<ProcessInfo>, table: ReadonlyMap<number, ProcessInfo>): void {
  for (let before = -1; before !== members.size;) {
    before = members.size;
    for (const info of table.values()) {
      const parent = table.get(info.parent);
      if (parent && members.has(parent)) members.add(info);
    }
  }
}

function readProcessTable(): Map<number, ProcessInfo> | null {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  const table = new Map<number, ProcessInfo>();
  for (const name of names) {
    const info = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (info) table.set(info.pid, info);
  }
  return table;
}

function readProcess(pid: number): ProcessInfo | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : { pid, ...parseStat(stat) };
}

const hasMark = (pid: number, mark: string): boolean =>
  readIfThere(`/proc/${pid}/environ`)?.split('\0').includes(`${markVariable}=${mark}`) ?? false;

/** Undefined for a process that ended meanwhile, and for what another user's process hides. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

function groupAlone(pid: number | null): ProcessInfo[] {
  if (pid === null || !send(-pid, 0)) return [];
  return [{ pid: -pid, parent: 0, group: pid, session: pid, state: 'S', started: '' }];
}

/** False where there is nothing to signal any more. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH' || errnoOf(error) === 'EPERM') return false;
    throw error;
  }
}
