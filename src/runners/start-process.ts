import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { errnoOf } from '../core/errors.ts';
import { markVariable, processStart, type ProcessTree } from '../core/engine/process-tree.ts';
import { runnerError, type RunnerFailure } from './runner-failure.ts';

export interface ProcessStart {
  /** Its name, for messages. */
  readonly runner: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  /** As `ProcessTree.mark`. */
  readonly mark: string;
  /** What to do where it cannot be started. */
  readonly hint?: string;
}

export interface StartedProcess {
  readonly child: ChildProcess;
  readonly tree: ProcessTree;
}

/**
 * Starts a process group. Resolves in the turn of the event loop in which it began, so that whoever listens to the
 * child then misses nothing of it. To be imported together with the runner: an `import()` that finds no descriptor
 * to read its file with fails in this process for good. @throws CabError with the details that `Runner.run` promises
 */
export async function startProcess(start: ProcessStart): Promise<StartedProcess> {
  const child = await spawned(start);
  const pid = child.pid ?? null;
  const started = pid === null ? null : processStart(pid);
  return { child, tree: { pid, started, mark: start.mark } };
}

async function spawned({ argv, cwd, env, stdio, mark, ...about }: ProcessStart) {
  const [command = '', ...args] = argv;
  try {
    const marked = { ...env, [markVariable]: mark };
    const child = spawn(command, args, { cwd, env: marked, detached: true, stdio });
    // Before anyone looks at its pipes: without a descriptor left it has none, not even null, and the reason comes
    // after that, by an event that ends this process where nobody listens.
    await once(child, 'spawn');
    return child;
  } catch (error) {
    const errno = errnoOf(error);
    if (!(error instanceof Error) || errno === undefined) throw error;
    throw runnerError(about.runner, {
      code: lastingFailures[errno] ?? 'runner_failed',
      message: `cannot start ${command} in ${cwd}: ${error.message}`,
      hint: passingHints[errno] ?? about.hint,
    });
  }
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
