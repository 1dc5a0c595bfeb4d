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
  /** Its name, for messages. */
  readonly runner: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** As execa takes them; a number is a descriptor of this process. */
  readonly stdio: readonly [stdin: Pipe, stdout: Pipe | number, stderr: Pipe, ...others: Pipe[]];
  /** What it is to read on standard input. */
  readonly input?: string | Uint8Array;
  /** As `ProcessTree.mark`. */
  readonly mark: string;
  /** Ends the program itself: SIGTERM, and SIGKILL after the grace. What it started is the tree's, see process-tree.ts. */
  readonly stop?: AbortSignal;
  readonly killGraceMs: number;
  /** What to do where it cannot be started. */
  readonly hint?: string;
}

const options = {
  detached: true,
  // It ends with the runner, not with this process: a daemon that is killed leaves it to whoever takes its job up.
  cleanup: false,
  extendEnv: false,
  buffer: false,
  reject: false,
} as const;

export interface StartedProcess {
  readonly child: ChildProcess;
  /** Fulfilled once it has ended and all of its pipes are closed. */
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
 * Starts a process group. Resolves in the turn of the event loop in which it began, so that whoever listens to the
 * child then misses nothing of it. To be imported together with the runner: an `import()` that finds no descriptor
 * to read its file with fails in this process for good. @throws CabError with the details that `Runner.run` promises
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

/** Its types know of descriptors above 2 only where the child gets them; it hands any of them on as Node does. */
const stdioOf = (stdio: ProcessStart['stdio']) => [...stdio] as unknown as Options['stdio'] & {};

/**
 * Without a descriptor left, a child has no pipes, not even null, and execa throws when it looks at them. The reason comes
 * after that, by an event of a child that nobody was given, and ends this process if nobody listens. Node tells of each
 * child as it is made: that is where this listens. Throws the reason.
 */
async function begun(start: () => Promise<{ readonly cause?: unknown }>): Promise<Begun> {
  const made: ChildProcess[] = [];
  const onChild = (message: unknown): void => {
    if (!isMade(message)) return;
    made.push(message.process);
    // Also later: each signal that is refused is an error of its own.
    message.process.on('error', () => undefined);
  };
  let closed: Promise<{ readonly cause?: unknown }> | undefined;
  let outputs: ReadonlySet<string> = new Set();
  let thrown: unknown;
  subscribe(children, onChild);
  try {
    closed = start();
    // Now, for it may end before anyone looks again.
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
  // What the system refuses at once is told by the result of a child that never was.
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

/** Of what goes on without us, or with pipes that others hold: neither keeps this process from ending. */
export function letGo(child: ChildProcess): void {
  for (const stream of child.stdio) stream?.destroy();
  child.unref();
}

/** Those that another attempt cannot mend. */
const lastingFailures: Readonly<Record<string, RunnerFailure['code']>> = {
  ENOENT: 'runner_not_found',
  EACCES: 'runner_invalid',
  ENOEXEC: 'runner_invalid',
  E2BIG: 'invalid_request',
  // A value of the request that holds a NUL character.
  ERR_INVALID_ARG_VALUE: 'invalid_request',
};

const passingHints: Readonly<Record<string, string>> = {
  EMFILE: 'Let the process open more files: ulimit -n, or LimitNOFILE= in its unit.',
  ENFILE: 'Let the system open more files: sysctl fs.file-max.',
  EAGAIN: 'Let the user have more processes: ulimit -u, or TasksMax= in the unit.',
};
