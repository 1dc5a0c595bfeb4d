import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetProcess, noteProcess, processNote } from '../../support/process/leftover-process.ts';
import { holdersOf, leftText, type LeftProcess } from '../../support/process/left-running.ts';
import { newMark, terminateTree, type ProcessTree } from '../../support/process/process-tree.ts';
import type {
  OutputStream,
  RunnerCall,
  RunnerContext,
  RunnerResult,
} from '../../core/ports/runner.ts';
import { exactText } from '../../core/model/exact-json.ts';
import { OutputTail } from '../process/output-tail.ts';
import { isThere, writtenManifest } from '../runner-answer.ts';
import { processEnd, runnerError, type RunnerFailure } from '../runner-failure.ts';
import {
  letGo,
  startProcess,
  type ExitStatus,
  type StartedProcess,
} from '../process/start-process.ts';

export interface ProgramStart {
  readonly runner: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly killGraceMs: number;
  /** True where its command says that it writes the artifact itself: standard output is log, as it comes. */
  readonly writesArtifact: boolean;
}

/** How much of an unfinished artifact on standard output is shown as log when the program fails, in bytes. */
const shownOfFailure = 64 * 1024;

/**
 * Runs a program to its end. Where its standard output may be the artifact, it goes straight into a file in
 * `out_root`, never through memory; only at the end it is known whether that is the artifact or log.
 */
export async function runProgram(
  start: ProgramStart,
  call: RunnerCall,
  context: RunnerContext,
  closing: AbortSignal,
): Promise<RunnerResult> {
  const tail = new OutputTail(context.log);
  const output = join(call.out_root, '.stdout');
  const stops = [context.signal, closing];
  const { leftRunning } = context;
  const failure = await runToEnd(start, call, { tail, output, stops, leftRunning });
  context.signal.throwIfAborted();
  if (failure) {
    await logFile(output, tail, shownOfFailure);
    throw runnerError(start.runner, failure, tail.lines());
  }
  await placeArtifact(start, call, output, tail);
  return { artifact: call.artifact_path, manifest: writtenManifest(call) };
}

interface Run {
  readonly tail: OutputTail;
  readonly output: string;
  readonly stops: readonly AbortSignal[];
  readonly leftRunning: RunnerContext['leftRunning'];
}

/** Resolves when the program and all that it started have ended, or cannot be; undefined where it ended well. */
async function runToEnd(
  { runner, argv, cwd, env, killGraceMs, writesArtifact }: ProgramStart,
  call: RunnerCall,
  { tail, output, stops, leftRunning }: Run,
): Promise<RunnerFailure | undefined> {
  const mark = newMark();
  const note = processNote(call.out_root);
  const file = await open(output, 'w');
  const stop = new AbortController();
  try {
    for (const signal of stops) signal.throwIfAborted();
    noteProcess(note, { pid: null, started: null, mark });
    const started = await startProcess({
      ...{ runner, argv, cwd, mark, env: { ...env, ...callEnvironment(call) } },
      ...{ input: exactText(call), stop: stop.signal, killGraceMs },
      stdio: ['pipe', writesArtifact ? 'pipe' : file.fd, 'pipe'],
    });
    const { stdout, stderr } = started.child;
    logOutput(stdout, 'stdout', tail);
    logOutput(stderr, 'stderr', tail);
    await noteStarted(note, started.tree);
    const { status, left } = await endOf(started, { stops, stop, graceMs: killGraceMs });
    if (left !== undefined) {
      tail.write('stderr', leftText(left));
      leftRunning?.(left);
    }
    const isOurs = stops.some(({ aborted }) => aborted);
    return status?.code === 0 ? undefined : processEnd(status?.code, status?.signal, isOurs);
  } finally {
    forgetProcess(note);
    await file.close();
  }
}

interface Stopping {
  readonly stops: readonly AbortSignal[];
  /** Ends the program itself. */
  readonly stop: AbortController;
  readonly graceMs: number;
}

interface End {
  /** Undefined for another user's program that goes on. */
  readonly status: ExitStatus | undefined;
  /** Empty where they cannot be seen; undefined where there are none. */
  readonly left: readonly LeftProcess[] | undefined;
}

/** After a program has ended, and with it all that belongs to it, its pipes may be held by a process that got away. */
const pipesMs = 2000;

/** Of the program, its tree and its pipes, for which nobody waits without end. Leaves nothing on `stops`, of which one lives as long as the runner. */
async function endOf(started: StartedProcess, { stops, stop, graceMs }: Stopping): Promise<End> {
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

/** Null where the stream goes elsewhere. */
function logOutput(output: Readable | null, stream: OutputStream, tail: OutputTail): void {
  output?.setEncoding('utf8').on('data', (text: string) => tail.write(stream, text));
}

/** @throws CabError runner_result_invalid */
async function placeArtifact(
  { runner, writesArtifact }: ProgramStart,
  call: RunnerCall,
  output: string,
  tail: OutputTail,
): Promise<void> {
  const written = isThere(call.artifact_path);
  if (written) await logFile(output, tail);
  else if (writesArtifact || (await stat(output)).size === 0) {
    const wrote = writesArtifact ? 'did not write' : 'wrote nothing to standard output, nor to';
    const message = `${wrote} the artifact, ${call.artifact_path}`;
    throw runnerError(runner, { code: 'runner_result_invalid', message }, tail.lines());
  } else await rename(output, call.artifact_path);
  await rm(output, { force: true });
}

async function logFile(file: string, tail: OutputTail, last = Infinity): Promise<void> {
  const start = Math.max(0, (await stat(file)).size - last);
  for await (const text of createReadStream(file, { encoding: 'utf8', start }))
    tail.write('stdout', String(text));
}

/** What does not apply is not set, nor inherited from cab's own environment. */
function callEnvironment(call: RunnerCall): NodeJS.ProcessEnv {
  return {
    CAB_FEATURES_PATH: call.features_path,
    CAB_ARTIFACT_PATH: call.artifact_path,
    CAB_MANIFEST_PATH: call.manifest_path,
    CAB_OUT_ROOT: call.out_root,
    CAB_TRACK_ID: call.track_id ?? undefined,
    CAB_RUN_ID: call.run_id,
    CAB_CONFIG_HASH: call.config_hash,
    CAB_SOURCE_HASH: call.source_hash,
    CAB_DB_PATH: call.db_path ?? undefined,
    CAB_DB_HASH: call.db_hash ?? undefined,
    CAB_PROBE_JSON: exactText(call.probe_kwargs),
    CAB_RUNNER_KWARGS_JSON: exactText(call.runner_kwargs),
  };
}
