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
  /** The directory of the attempt. A note beside it names the processes that work for the attempt. */
  readonly outRoot: string;
  /** Each of these signals ends the program and all that it started. */
  readonly stops: readonly AbortSignal[];
  /** Called in the turn of the event loop in which the program started. */
  readonly onStarted: (started: StartedProcess) => void;
}

export interface ProgramEnd {
  /** Undefined if the program belongs to another user and continues. */
  readonly status: ExitStatus | undefined;
  /**
   * Processes that could not be ended, or that hold the program's pipes. Empty: such processes exist but cannot be
   * seen. Undefined: there are none.
   */
  readonly left: readonly LeftProcess[] | undefined;
}

/**
 * Resolves when the program and all that it started have ended, or cannot be ended. Throws the reason of a stop that
 * came before the start.
 */
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

/** Milliseconds. After the program and its tree have ended, an escaped process may still hold the pipes. */
const pipesMs = 2000;

/**
 * Waits for the program, its tree and its pipes, each for a limited time. Leaves no listener on `stops`, because one
 * of them lives as long as the runner.
 */
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
  // A background process that the program left would keep its pipes open, and could write into a published entry.
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

/** Milliseconds. A killed process releases its pipes a moment later. */
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

/** If the process cannot be noted, it is ended, because its job goes to another attempt. */
async function noteStarted(note: string, tree: ProcessTree): Promise<void> {
  try {
    noteProcess(note, tree);
  } catch (error) {
    await terminateTree(tree, { graceMs: 0 });
    throw error;
  }
}
