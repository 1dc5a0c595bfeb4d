import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { leftText } from '../../support/process/left-running.ts';
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
import { runToEnd } from '../process/run-to-end.ts';

export interface ProgramStart {
  readonly runner: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly killGraceMs: number;
  /**
   * Whether the command says that it writes the artifact itself. Then its standard output is log,
   * passed on as it comes.
   */
  readonly writesArtifact: boolean;
}

/** Bytes of standard output that are shown as log if the program fails. */
const shownOfFailure = 64 * 1024;

/**
 * Runs a program to its end. If its standard output may be the artifact, it goes straight into a file in `out_root`,
 * not through memory. Only at the end it is known whether that is the artifact or log.
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
  const failure = await endedBadly(start, call, { tail, output, stops, leftRunning });
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

/** Undefined if it ended well. */
async function endedBadly(
  { runner, argv, cwd, env, killGraceMs, writesArtifact }: ProgramStart,
  call: RunnerCall,
  { tail, output, stops, leftRunning }: Run,
): Promise<RunnerFailure | undefined> {
  const file = await open(output, 'w');
  try {
    const { status, left } = await runToEnd({
      ...{ runner, argv, cwd, killGraceMs, stops, env: { ...env, ...callEnvironment(call) } },
      ...{ outRoot: call.out_root, input: exactText(call) },
      stdio: ['pipe', writesArtifact ? 'pipe' : file.fd, 'pipe'],
      onStarted: ({ child }) => {
        logOutput(child.stdout, 'stdout', tail);
        logOutput(child.stderr, 'stderr', tail);
      },
    });
    if (left !== undefined) {
      tail.write('stderr', leftText(left));
      leftRunning?.(left);
    }
    const isOurs = stops.some(({ aborted }) => aborted);
    return status?.code === 0 ? undefined : processEnd(status?.code, status?.signal, isOurs);
  } finally {
    await file.close();
  }
}

/** `output` is null if the stream goes elsewhere. */
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

/** The variables of a call. One that does not apply is not set, and is not inherited from cab's own environment. */
function callEnvironment(call: RunnerCall): NodeJS.ProcessEnv {
  return {
    CAB_INPUT: call.features_path,
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
