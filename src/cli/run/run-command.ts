/** `cab run` from its settings to its exit code. */
import { constants } from 'node:os';
import type { CachedCommand, CommandResult } from '../../compose/command/cached-command.ts';
import {
  hasEnded,
  type CanceledJobDocument,
  type EndedJobDocument,
  type FailedJobDocument,
  type JobDocument,
} from '../../core/model/job/job-document.ts';
import type { RunRecord } from '../../core/model/command/run-record.ts';
import { unlessAborted } from '../../support/time/unless-aborted.ts';
import { failureOf } from '../jobs/job-failure.ts';
import { logPieces } from '../jobs/log-pieces.ts';
import { ranFor } from '../../core/model/job/ran-for.ts';
import { relative } from '../terminal/time.ts';
import { endingText, missText, type Ending } from './summary.ts';

export interface CommandRunOptions {
  readonly command: CachedCommand;
  readonly signal: AbortSignal;
  readonly restores: boolean;
  readonly isQuiet: boolean;
  /** A failure of so many milliseconds is told again, not run again; undefined: it is run. */
  readonly failuresMs: number | undefined;
  readonly say: (text: string) => void;
  /** What a failed command wrote, to stderr. */
  readonly write: (text: string) => Promise<void>;
}

/** What `--json` prints. */
export interface RunDocument {
  readonly hit: boolean;
  /** The upstream that the result was fetched from; null if it was here, or was computed. */
  readonly upstream: string | null;
  readonly exit_code: number;
  /** Of the run that made the result; null if it failed before it began. */
  readonly wall_ms: number | null;
  /** What a hit saved. */
  readonly saved_ms: number;
  /** Why it was a miss; null for a hit. */
  readonly why: string | null;
  /** False for a command that failed, or whose inputs were changed while it ran. */
  readonly kept: boolean;
  readonly outputs: readonly string[];
  readonly job_id: string;
  readonly config_hash: string;
  readonly source_hash: string;
  readonly track_id: string | null;
}

export async function runCommand(options: CommandRunOptions): Promise<RunDocument> {
  const { command, signal, restores } = options;
  const known = await knownFailure(options);
  if (known !== undefined) return known;
  const began = performance.now();
  const before = await command.before();
  const accepted = await command.submit(signal);
  const job = hasEnded(accepted) ? accepted : await ended(options, accepted);
  const ms = Math.round(performance.now() - began);
  // A hit does not ask.
  const why = async (): Promise<string> => missText(await command.differencesFrom(before));
  if (job.status === 'done') {
    const result = await command.result(job);
    if (job.cached) await bringBack(options, job, result);
    else if (command.isSandboxed && restores) await command.restore(job, result);
    const reason = job.cached ? null : await why();
    tell(options, endingOf(job, result.record, reason));
    return documentOf(job, result.record, reason);
  }
  const { exitCode, ending } = failed(job, ms);
  tell(options, ending);
  if (command.isSandboxed && job.problem !== null && !options.isQuiet)
    options.say(`  hint: ${job.problem.hint}`);
  return { ...documentOf(job, undefined, await why()), exit_code: exitCode };
}

/** A command that failed a while ago and is not to be tried so soon again: what it wrote, and its exit code. */
async function knownFailure(options: CommandRunOptions): Promise<RunDocument | undefined> {
  const { command, signal, failuresMs, write } = options;
  const job =
    failuresMs === undefined ? undefined : await command.failureWithin(failuresMs, signal);
  if (job === undefined) return undefined;
  for await (const { text } of logPieces(command, job.job_id)) await write(text);
  const { exitCode, ending } = failed(job, ranFor(job));
  const ago = relative(job.finished_at, Date.now());
  tell(options, { kind: 'failed before', how: 'how' in ending ? ending.how : '', ago });
  return { ...documentOf(job, undefined, null), exit_code: exitCode };
}

/** Ctrl-C ends the command, and this process once it has ended. */
async function ended(
  { command, signal }: CommandRunOptions,
  { job_id }: JobDocument,
): Promise<EndedJobDocument> {
  try {
    return await unlessAborted(command.wait(job_id, signal), signal);
  } catch (error) {
    if (signal.aborted) await command.cancel(job_id);
    throw error;
  }
}

async function bringBack(
  { command, restores, signal }: CommandRunOptions,
  job: JobDocument,
  result: CommandResult,
): Promise<void> {
  if (restores) await command.restore(job, result);
  await unlessAborted(command.replay(job, result), signal);
}

function tell({ isQuiet, say }: CommandRunOptions, ending: Ending): void {
  if (!isQuiet) say(endingText(ending));
}

/** @param why null for a hit */
const endingOf = ({ upstream }: JobDocument, { wall_ms }: RunRecord, why: string | null): Ending =>
  why === null
    ? { kind: 'hit', savedMs: wall_ms, upstream }
    : { kind: 'computed', ms: wall_ms, why };

/** Throws what is a fault of cab's, or of the outputs. */
function failed(
  job: FailedJobDocument | CanceledJobDocument,
  ms: number,
): { exitCode: number; ending: Ending } {
  const failure = failureOf(job);
  const { exit_code, signal } = job.problem?.details ?? {};
  if (typeof exit_code === 'number')
    return { exitCode: exit_code, ending: { kind: 'failed', ms, how: `exit code ${exit_code}` } };
  if (typeof signal === 'string')
    return {
      exitCode: 128 + (numbers[signal] ?? 0),
      ending: { kind: 'failed', ms, how: `ended by ${signal}` },
    };
  if (failure.code === 'input_changed' && job.attempts > 0)
    return { exitCode: 0, ending: { kind: 'not kept', ms, why: failure.message } };
  throw failure;
}

const numbers: Readonly<Record<string, number>> = constants.signals;

function documentOf(
  job: JobDocument,
  record: RunRecord | undefined,
  why: string | null,
): RunDocument {
  const { cached: hit, upstream, job_id, config_hash, source_hash, track_id } = job;
  return {
    ...{ hit, upstream, exit_code: record?.exit_code ?? 0, wall_ms: record?.wall_ms ?? null },
    ...{ saved_ms: hit ? (record?.wall_ms ?? 0) : 0, why, kept: job.status === 'done' },
    ...{ outputs: record?.outputs ?? [], job_id, config_hash, source_hash, track_id },
  };
}
