import { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { execa, type Options } from 'execa';
import { errnoOf, isError } from '../../core/model/errors.ts';
import { outputsOf } from '../../support/process/left-running.ts';
import {
  markVariable,
  processStart,
  type ProcessTree,
} from '../../support/process/process-tree.ts';
import { runnerError, type RunnerFailure } from '../runner-failure.ts';

type Pipe = 'pipe' | 'ignore';

export interface ProcessStart {
  /** The runner's name, for messages. */
  readonly runner: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** As for execa. A number is a descriptor of this process. */
  readonly stdio: readonly [stdin: Pipe, stdout: Pipe | number, stderr: Pipe, ...others: Pipe[]];
  /** The content of standard input. */
  readonly input?: string | Uint8Array;
  /** As `ProcessTree.mark`. */
  readonly mark: string;
  /** Ends the program itself: SIGTERM, then SIGKILL after the grace. process-tree.ts ends what it started. */
  readonly stop?: AbortSignal;
  readonly killGraceMs: number;
  /** What to do if it cannot be started. */
  readonly hint?: string;
}

const options = {
  detached: true,
  // It ends with the runner, not with this process. If a daemon is killed, the process that takes
  // over its job ends it.
  cleanup: false,
  extendEnv: false,
  buffer: false,
  reject: false,
} as const;

export interface StartedProcess {
  readonly child: ChildProcess;
  /** Resolves once it has ended and all of its pipes are closed. */
  readonly closed: Promise<unknown>;
  readonly exited: Promise<ExitStatus>;
  readonly tree: ProcessTree;
  /** As `outputsOf`. */
  readonly outputs: ReadonlySet<string>;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * Starts a process group. It resolves in the turn of the event loop in which the process started, so that a listener
 * on the child then misses no event. Import this file together with the runner: if an `import()` fails because no
 * descriptor is left, it fails in this process for ever. @throws CabError with the details that `Runner.run` promises
 */
export async function startProcess(start: ProcessStart): Promise<StartedProcess> {
  const { child, closed, outputs } = await spawned(start);
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const pid = child.pid ?? null;
  const started = pid === null ? null : processStart(pid);
  return { child, closed, exited, tree: { pid, started, mark: start.mark }, outputs };
}

type Begun = Pick<StartedProcess, 'child' | 'closed' | 'outputs'>;

async function spawned(start: ProcessStart): Promise<Begun> {
  const { argv, cwd, env, stdio, input, mark, stop, killGraceMs, ...about } = start;
  const [command = '', ...args] = argv;
  if (argv.some((word) => word.includes('\0')))
    throw runnerError(about.runner, {
      code: 'invalid_request',
      message: `cannot start ${command}: one of its arguments holds a NUL character`,
    });
  const marked = { ...env, [markVariable]: mark };
  try {
    return await begun(() =>
      execa(command, args, {
        ...options,
        ...{ cwd, env: marked, stdio: stdioOf(stdio) },
        ...(input !== undefined && { input }),
        ...(stop !== undefined && { cancelSignal: stop }),
        forceKillAfterDelay: killGraceMs,
      }),
    );
  } catch (error) {
    const errno = errnoOf(error);
    if (!isError(error) || errno === undefined) throw error;
    throw runnerError(about.runner, {
      code: lastingFailures[errno] ?? (errno in passingHints ? 'io_error' : 'runner_failed'),
      message: `cannot start ${command} in ${cwd}: ${error.message}`,
      hint: passingHints[errno] ?? about.hint,
    });
  }
}

/**
 * execa's types allow descriptors above 2 only if the child receives them. execa passes on all of them, as Node does.
 */
const stdioOf = (stdio: ProcessStart['stdio']) => [...stdio] as unknown as Options['stdio'] & {};

/**
 * Starts a child and throws the reason if it cannot be started. Without this, the lack of a descriptor
 * would end the process:
 *
 *   1. The child gets no pipes, not even null, and execa throws when it reads them. Its caller gets no child.
 *   2. Later the child emits `error` with the reason. Without a listener, this ends the process.
 *
 * Node announces each child when it is created. So this function listens there.
 */
async function begun(start: () => Promise<{ readonly cause?: unknown }>): Promise<Begun> {
  const made: ChildProcess[] = [];
  const onChild = (message: unknown): void => {
    if (!isMade(message)) return;
    made.push(message.process);
    // Also for later: each refused signal is another error.
    message.process.on('error', () => undefined);
  };
  let closed: Promise<{ readonly cause?: unknown }> | undefined;
  let outputs: ReadonlySet<string> = new Set();
  let thrown: unknown;
  subscribe(children, onChild);
  try {
    closed = start();
    // Read now, because the child may end soon.
    const pid = made[0]?.pid;
    if (pid !== undefined) outputs = outputsOf(pid);
  } catch (error) {
    thrown = error;
  } finally {
    unsubscribe(children, onChild);
  }
  const [child] = made;
  if (child === undefined) throw thrown;
  const refused = closed?.then(({ cause }) => {
    throw cause;
  });
  // If the system refuses the start at once, the result of the failed child holds the reason.
  await Promise.race([once(child, 'spawn'), ...(refused === undefined ? [] : [refused])]);
  if (closed === undefined) throw thrown;
  return { child, closed, outputs };
}

const children = 'child_process';

const isMade = (message: unknown): message is { process: ChildProcess } =>
  typeof message === 'object' &&
  message !== null &&
  'process' in message &&
  message.process instanceof ChildProcess;

/** For a child that runs on, or whose pipes other processes hold: neither keeps this process from ending. */
export function letGo(child: ChildProcess): void {
  for (const stream of child.stdio) stream?.destroy();
  child.unref();
}

/** Failures that another attempt cannot solve. */
const lastingFailures: Readonly<Record<string, RunnerFailure['code']>> = {
  ENOENT: 'runner_not_found',
  EACCES: 'runner_invalid',
  ENOEXEC: 'runner_invalid',
  E2BIG: 'invalid_request',
  // A value of the request contains a NUL character.
  ERR_INVALID_ARG_VALUE: 'invalid_request',
};

const passingHints: Readonly<Record<string, string>> = {
  EMFILE: 'Let the process open more files: ulimit -n, or LimitNOFILE= in its unit.',
  ENFILE: 'Let the system open more files: sysctl fs.file-max.',
  EAGAIN: 'Let the user have more processes: ulimit -u, or TasksMax= in the unit.',
};
