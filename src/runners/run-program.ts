import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { forgetProcess, noteProcess, processNote } from '../core/engine/leftover-process.ts';
import { terminateTree, type ProcessTree } from '../core/engine/process-tree.ts';
import type {
  OutputStream,
  RunnerCall,
  RunnerContext,
  RunnerResult,
} from '../core/engine/runner.ts';
import { exactText } from '../core/exact-json.ts';
import { OutputTail } from './output-tail.ts';
import { isThere, writtenManifest } from './runner-answer.ts';
import { processEnd, runnerError, type RunnerFailure } from './runner-failure.ts';
import { startProcess, type StartedProcess } from './start-process.ts';

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
  const failure = await runToEnd(start, call, { tail, output, stops });
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
}

/** Resolves when the program and all that it started have ended; undefined where it ended well. */
async function runToEnd(
  { runner, argv, cwd, env, killGraceMs, writesArtifact }: ProgramStart,
  call: RunnerCall,
  { tail, output, stops }: Run,
): Promise<RunnerFailure | undefined> {
  const mark = randomUUID();
  const note = processNote(call.out_root);
  const file = await open(output, 'w');
  try {
    for (const stop of stops) stop.throwIfAborted();
    noteProcess(note, { pid: null, started: null, mark });
    const started = await startProcess({
      ...{ runner, argv, cwd, mark, env: { ...env, ...callEnvironment(call) } },
      stdio: ['pipe', writesArtifact ? 'pipe' : file.fd, 'pipe'],
    });
    const { stdin, stdout, stderr } = started.child;
    logOutput(stdout, 'stdout', tail);
    logOutput(stderr, 'stderr', tail);
    // It may end without having read the call; how it ended counts.
    stdin?.on('error', () => {}).end(exactText(call));
    await noteStarted(note, started.tree);
    return await endOf(started, stops, killGraceMs);
  } finally {
    forgetProcess(note);
    await file.close();
  }
}

/** Of the program, its pipes, and its tree. Leaves nothing on `stops`, of which one lives as long as the runner. */
async function endOf(
  { child, tree }: StartedProcess,
  stops: readonly AbortSignal[],
  graceMs: number,
): Promise<RunnerFailure | undefined> {
  let ending: Promise<void> | undefined;
  const end = (): void => {
    ending ??= terminateTree(tree, graceMs);
  };
  // What a program leaves running in the background would hold its pipes open, and write into a published entry.
  child.once('exit', end);
  for (const stop of stops) stop.addEventListener('abort', end);
  if (stops.some(({ aborted }) => aborted)) end();
  const [code, signal] = await closed(child);
  for (const stop of stops) stop.removeEventListener('abort', end);
  await ending;
  return code === 0 ? undefined : processEnd(code, signal);
}

const closed = (child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> =>
  new Promise((resolve) => child.once('close', (code, signal) => resolve([code, signal])));

/** What could not be noted must not run on: its job goes to another attempt. */
async function noteStarted(note: string, tree: ProcessTree): Promise<void> {
  try {
    noteProcess(note, tree);
  } catch (error) {
    await terminateTree(tree, 0);
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
