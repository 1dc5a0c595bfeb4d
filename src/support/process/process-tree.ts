import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../../core/model/errors.ts';
import { hasEnded, parseStat, type ProcessStat } from './process-stat.ts';
import { leftProcess, type LeftProcess } from './left-running.ts';

/**
 * Ends a process with all that it started. The project's process library, execa, starts each program in its own process group
 * and ends the program itself (runners/process/start-process.ts), but signals only that process. The children of the program
 * would go on, write into a published entry, and hold its pipes open. This file ends them. Three signs show what belongs to the
 * tree, because each one has a gap: the process group (left by `setsid`), the chain of parents (broken when a parent dies
 * first) and a mark in the environment (lost under `env -i`). The last two need /proc. Without it, as on macOS, only the
 * process group is ended.
 */
export interface ProcessTree {
  /** The leader of the tree's own process group; null if the tree begins in a thread of this process. */
  readonly pid: number | null;
  /** `processStart(pid)`; it tells a reused pid apart. */
  readonly started: string | null;
  /** The value of `CAB_PROCESS_MARK` that the whole tree inherits. It is unique. */
  readonly mark: string;
}

export const markVariable = 'CAB_PROCESS_MARK';

const ownMarks = `${randomUUID()}.`;

/** A mark for one tree. All marks of this process begin alike. */
export const newMark = (): string => ownMarks + randomUUID();

export const defaultKillGraceMs = 5000;

/**
 * A process in an uninterruptible system call outlives SIGKILL until the call returns. That may take forever, so the wait is
 * limited.
 */
const killWaitMs = 5000;

/** How long a thread of this process has to notice the end of its children. A busy thread never notices. */
const reapWaitMs = 1000;

export interface Termination {
  /** From SIGTERM to SIGKILL. */
  readonly graceMs?: number;
  /** How long another user's processes, which cannot be signaled, have to end by themselves. The default is the grace. */
  readonly refusedMs?: number;
  /** The leader has already received SIGTERM: many programs take a second one as "at once". */
  readonly isLeaderTold?: boolean;
  /** As `runningOf` the tree, taken before its leader was asked to end. */
  readonly seen?: RunningMembers;
}

/** Pid to start time. */
export type RunningMembers = ReadonlyMap<number, string>;

/**
 * The processes of the tree that run now. A process without the mark that has left the group is found only by its chain of
 * parents, and no longer after the leader has ended.
 */
export function runningOf(tree: ProcessTree): RunningMembers {
  const found = unlessBlind(() => membersOf(tree, new Map()).running) ?? [];
  return new Map(found.map(({ pid, started }) => [pid, started]));
}

/**
 * Sends SIGTERM to the whole tree, and after the grace SIGKILL to the rest. Resolves when the tree is gone, or with the
 * processes that cannot be signaled or do not end. Times count from the first look: if this process has no free file descriptor
 * to look with, it waits for one.
 */
export async function terminateTree(
  tree: ProcessTree,
  termination: Termination = {},
): Promise<readonly LeftProcess[]> {
  const { graceMs = defaultKillGraceMs, refusedMs = graceMs } = termination;
  const known = new Map(termination.seen);
  const told = new Set<number>();
  if (termination.isLeaderTold && tree.pid !== null) told.add(tree.pid);
  let began: number | undefined;
  for (;;) {
    const found = unlessBlind(() => membersOf(tree, known));
    const now = performance.now();
    if (found !== undefined) {
      const elapsed = now - (began ??= now);
      for (const { pid, started } of found.running) known.set(pid, started);
      const refusing = signalAll(found.running, told, elapsed >= graceMs);
      const others = found.running.length - refusing;
      const isOver =
        others > 0 ? elapsed > graceMs + killWaitMs : refusing === 0 || elapsed >= refusedMs;
      if (isOver && (found.unreaped === 0 || elapsed > graceMs + reapWaitMs))
        return found.running.map(({ pid }) => leftProcess(pid));
    }
    await sleep(10);
  }
}

/** Returns how many could not be signaled. `told` are those that have received SIGTERM. */
function signalAll(
  members: readonly ProcessInfo[],
  told: Set<number>,
  isGraceOver: boolean,
): number {
  let refusing = 0;
  for (const { pid } of members) {
    // Signal 0 sends nothing; it only checks whether the process can be signaled.
    const signal = isGraceOver ? 'SIGKILL' : told.has(pid) ? 0 : 'SIGTERM';
    if (send(pid, signal) === 'refused') refusing += 1;
    told.add(pid);
  }
  return refusing;
}

/** Sends SIGKILL at once to all that the runners of this process started, for a process that is about to exit. Needs /proc. */
export function killAllTrees(): void {
  const known = new Map<number, string>();
  const isOwn = ({ pid, parent }: ProcessInfo): boolean =>
    parent === process.pid || marksOf(pid).some((mark) => mark.startsWith(ownMarks));
  // A second round, for processes that started during the first look.
  for (let round = 0; round < 2; round += 1) {
    const table = unlessBlind(() => readProcessTable());
    if (table == null) return;
    const members = [...membersAmong(table, known, isOwn)];
    for (const { pid, started } of members.filter((info) => !hasEnded(info))) {
      send(pid, 'SIGKILL');
      known.set(pid, started);
    }
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

/** When a process began, in clock ticks since boot; null if no process has that pid, or if that is unknown. */
export function processStart(pid: number): string | null {
  const found = unlessBlind(() => readProcess(pid));
  return found && !hasEnded(found) ? found.started : null;
}

interface ProcessInfo extends ProcessStat {
  /** Negative for a process group. */
  readonly pid: number;
}

interface Members {
  readonly running: readonly ProcessInfo[];
  /** Ended children of a thread of this process that the thread has not noticed yet. */
  readonly unreaped: number;
}

/** `known`, pid to start time, holds processes found before. Their children count even after they have left the chain. */
function membersOf(tree: ProcessTree, known: ReadonlyMap<number, string>): Members {
  const table = readProcessTable();
  if (table === null) return { running: groupAlone(tree.pid), unreaped: 0 };
  const leader = tree.pid === null ? undefined : table.get(tree.pid);
  // The kernel does not reuse a pid while a group of that number exists. So another start time means that our tree has ended.
  const root = leader && tree.started !== null && leader.started !== tree.started ? null : tree.pid;
  const isOf = ({ pid, group, session }: ProcessInfo): boolean =>
    (root !== null && (pid === root || group === root || session === root)) ||
    marksOf(pid).includes(tree.mark);
  const isUnreaped = (info: ProcessInfo): boolean =>
    tree.pid === null && info.parent === process.pid && hasEnded(info);
  const others = [...membersAmong(table, known, isOf)];
  return {
    running: others.filter((info) => !hasEnded(info)),
    unreaped: others.filter(isUnreaped).length,
  };
}

/** Never includes this process. */
function membersAmong(
  table: ReadonlyMap<number, ProcessInfo>,
  known: ReadonlyMap<number, string>,
  belongs: (info: ProcessInfo) => boolean,
): ReadonlySet<ProcessInfo> {
  const members = new Set<ProcessInfo>();
  for (const info of table.values())
    if (known.get(info.pid) === info.started || belongs(info)) members.add(info);
  addDescendants(members, table);
  const self = table.get(process.pid);
  if (self !== undefined) members.delete(self);
  return members;
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

function marksOf(pid: number): string[] {
  const variables = readIfThere(`/proc/${pid}/environ`)?.split('\0') ?? [];
  const name = `${markVariable}=`;
  return variables.filter((text) => text.startsWith(name)).map((text) => text.slice(name.length));
}

/** Undefined if the process has ended, or if another user's process hides the file. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

function groupAlone(pid: number | null): ProcessInfo[] {
  if (pid === null || send(-pid, 0) === 'gone') return [];
  return [{ pid: -pid, parent: 0, group: pid, session: pid, state: 'S', started: '' }];
}

/** `refused`: the process belongs to another user. */
function send(pid: number, signal: NodeJS.Signals | 0): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(pid, signal);
    return 'sent';
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return 'gone';
    if (errnoOf(error) === 'EPERM') return 'refused';
    throw error;
  }
}
