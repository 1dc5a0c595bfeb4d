import { setTimeout as sleep } from 'node:timers/promises';
import type { LeftProcess } from '../../support/process/left-running.ts';
import { holdersOf } from '../../support/process/left-running.ts';
import { forgetProcess, noteProcess, processNote } from '../../support/process/leftover-process.ts';
import { newMark, terminateTree, type ProcessTree } from '../../support/process/process-tree.ts';
import {
  letGo,
  startProcess,
  type ExitStatus,
  type ProcessStart,
  type StartedProcess,
} from './start-process.ts';

export interface Run extends Omit<ProcessStart, 'mark' | 'stop'> {
  /** The directory of the attempt: beside it a note names the processes that work for it. */
  readonly outRoot: string;
  /** Any of them ends the program, and all that it started. */
  readonly stops: readonly AbortSignal[];
  /** Called in the turn of the event loop in which the program began. */
  readonly onStarted: (started: StartedProcess) => void;
}

export interface ProgramEnd {
  /** Undefined for another user's program that goes on. */
  readonly status: ExitStatus | undefined;
  /** Processes that could not be ended, or hold its pipes: empty where they cannot be seen; undefined where there are none. */
  readonly left: readonly LeftProcess[] | undefined;
}

/** Resolves when the program and all that it started have ended, or cannot be. Throws the reason of a stop that came before it began. */
export async function runToEnd({ outRoot, stops, onStarted, ...start }: Run): Promise<ProgramEnd> {
  const mark = newMark();
  const note = processNote(outRoot);
  const stop = new AbortController();
  try {
    for (const signal of stops) signal.throwIfAborted();
    noteProcess(note, { pid: null, started: null, mark });
    const started = await startProcess({ ...start, mark, stop: stop.signal });
    onStarted(started);
    await noteStarted(note, started.tree);
    return await endOf(started, { stops, stop, graceMs: start.killGraceMs });
  } finally {
    forgetProcess(note);
  }
}

interface Stopping {
  readonly stops: readonly AbortSignal[];
  /** Ends the program itself. */
  readonly stop: AbortController;
  readonly graceMs: number;
}

/** After a program has ended, and with it all that belongs to it, its pipes may be held by a process that got away. */
const pipesMs = 2000;

/** Of the program, its tree and its pipes, for which nobody waits without end. Leaves nothing on `stops`, of which one lives as long as the runner. */
async function endOf(
  started: StartedProcess,
  { stops, stop, graceMs }: Stopping,
): Promise<ProgramEnd> {
  const { child, closed, tree, exited } = started;
  let end = (): void => undefined;
  const stopped = new Promise<void>((resolve) => (end = resolve));
  for (const signal of stops) signal.addEventListener('abort', end);
  if (stops.some(({ aborted }) => aborted)) end();
  const status = await Promise.race([exited, stopped]);
  for (const signal of stops) signal.removeEventListener('abort', end);
  const began = performance.now();
  const patienceMs = status === undefined ? graceMs : pipesMs;
  if (status === undefined) stop.abort();
  // What a program leaves running in the background would hold its pipes open, and write into a published entry.
  const unended = await terminateTree(tree, {
    graceMs,
    refusedMs: patienceMs,
    isLeaderTold: status === undefined,
  });
  const leftMs = Math.max(leastMs, patienceMs - (performance.now() - began));
  const isClosed = (await within(closed, leftMs)) !== undefined;
  const isClean = isClosed && unended.length === 0;
  const holders = isClosed ? [] : strangers(unended, holdersOf(started.outputs));
  if (!isClosed) letGo(child);
  const left = isClean ? undefined : [...unended, ...holders];
  return { status: status ?? (await within(exited, 0)), left };
}

/** What is killed gives its pipes back a moment later. */
const leastMs = 200;

const strangers = (known: readonly LeftProcess[], found: readonly LeftProcess[]): LeftProcess[] =>
  found.filter(({ pid }) => known.every((one) => one.pid !== pid));

/** Undefined once the time is over. */
async function within<T>(awaited: Promise<T>, ms: number): Promise<T | undefined> {
  const over = new AbortController();
  const timer = sleep(ms, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([awaited, timer]);
  } finally {
    over.abort();
  }
}

/** What could not be noted must not run on: its job goes to another attempt. */
async function noteStarted(note: string, tree: ProcessTree): Promise<void> {
  try {
    noteProcess(note, tree);
  } catch (error) {
    await terminateTree(tree, { graceMs: 0 });
    throw error;
  }
}
