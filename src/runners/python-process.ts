import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../core/errors.ts';
import { markVariable, processStart, terminateTree } from '../core/engine/process-tree.ts';
import { builtFile } from './built-file.ts';
import { processEnd, type RunnerFailure } from './runner-failure.ts';
import type { Channel, ChannelEvents } from './warm-worker.ts';

export interface PythonProcessOptions {
  readonly python: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly module: string;
  readonly callable: string;
}

/** A Python process that has a callable loaded; the other end is bridge.py. */
export function openPythonProcess(options: PythonProcessOptions, events: ChannelEvents): Channel {
  const mark = randomUUID();
  // Unbuffered (-u), so that what the runner printed last is not lost when it dies.
  const child = spawn(
    options.python,
    ['-u', builtFile('bridge.py'), options.module, options.callable],
    {
      cwd: options.cwd,
      env: { ...options.env, [markVariable]: mark },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    },
  );
  const tree = {
    pid: child.pid ?? null,
    started: child.pid === undefined ? null : processStart(child.pid),
    mark,
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => events.output('stdout', text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => events.output('stderr', text));
  const [, , , requests, answers] = child.stdio;
  if (!(requests instanceof Writable) || !(answers instanceof Readable))
    throw new TypeError('a pipe of the Python process is missing');
  // Writing to a process that has just died fails; its exit tells the reason.
  requests.on('error', () => {});
  createInterface({ input: answers }).on('line', (line) => {
    void drained().then(() => events.message(parsedLine(line)));
  });
  const gone = endOf(child).then(async (failure) => {
    // A child of its own may hold the pipes open for as long as it lives.
    await terminateTree(tree, 0);
    await drained();
    events.gone(failure(options));
  });
  return {
    tree,
    send: (message) => void requests.write(`${JSON.stringify(message)}\n`),
    end: async (graceMs) => {
      requests.end();
      await Promise.race([gone, sleep(graceMs, undefined, { ref: false })]);
      await terminateTree(tree, graceMs);
      await gone;
    },
  };
}

/**
 * Output and answers come through different pipes, and an answer may be read first. What was written before it is
 * in its pipe by then, so one whole turn of the event loop reads that.
 */
async function drained(): Promise<void> {
  await turn();
  await turn();
}

function endOf(child: ReturnType<typeof spawn>) {
  return new Promise<(options: PythonProcessOptions) => RunnerFailure>((resolve) => {
    child.once('error', (error) => resolve((options) => spawnFailure(options, error)));
    child.once('exit', (code, signal) => resolve(() => processEnd(code, signal)));
  });
}

const spawnFailure = ({ python, cwd }: PythonProcessOptions, error: Error): RunnerFailure => ({
  code: errnoOf(error) === 'ENOENT' ? 'runner_not_found' : 'runner_failed',
  message: `cannot start ${python} in ${cwd}: ${error.message}`,
  hint: 'Name the Python interpreter with --python.',
});

function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
