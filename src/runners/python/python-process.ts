import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable, Writable } from 'node:stream';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { newMark, runningOf, terminateTree } from '../../support/process/process-tree.ts';
import { exactText } from '../../core/model/exact-json.ts';
import { builtFile } from '../../support/thread/built-file.ts';
import { processEnd } from '../runner-failure.ts';
import { letGo, startProcess, type StartedProcess } from '../process/start-process.ts';
import type { Channel, ChannelEvents, OpenChannel } from '../process/warm-worker.ts';

export interface PythonProcessOptions {
  /** The runner's name. */
  readonly runner: string;
  readonly python: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly module: string;
  readonly callable: string;
  readonly killGraceMs: number;
}

/**
 * Starts a Python process that loads a callable. Its other end is bridge.py. The caller must open the channel in the
 * same turn of the event loop, or it may miss the end of the process. @throws CabError if it cannot be started
 */
export async function startPython(options: PythonProcessOptions): Promise<OpenChannel> {
  const { runner, python, cwd, env, module, callable, killGraceMs } = options;
  const started = await startProcess({
    ...{ runner, cwd, env, killGraceMs, mark: newMark() },
    // Unbuffered (-u), so that the runner's last output is not lost if it dies.
    argv: [python, '-u', builtFile('bridge.py'), module, callable],
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    hint: 'Name the Python interpreter that runs Python runners.',
  });
  return (events) => openChannel(started, events);
}

function openChannel({ child, tree, exited }: StartedProcess, events: ChannelEvents): Channel {
  child.stdout?.setEncoding('utf8').on('data', (text: string) => events.output('stdout', text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => events.output('stderr', text));
  const [, , , requests, answers] = child.stdio;
  if (!(requests instanceof Writable) || !(answers instanceof Readable))
    throw new TypeError('a pipe of the Python process is missing');
  // A write to a process that has just died fails. Its exit gives the reason.
  requests.on('error', () => {});
  createInterface({ input: answers }).on('line', (line) => {
    void drained().then(() => events.message(parsedLine(line)));
  });
  let isOurs = false;
  let giveUp = (): void => undefined;
  const givenUp = new Promise<undefined>((resolve) => (giveUp = () => resolve(undefined)));
  const gone = Promise.race([exited, givenUp]).then(async (status) => {
    // A child of the process may hold the pipes open as long as it lives.
    await terminateTree(tree, { graceMs: 0 });
    await drained();
    letGo(child);
    events.gone(
      status === undefined
        ? { code: 'runner_failed', message: 'could not be ended: it is another user’s' }
        : processEnd(status.code, status.signal, isOurs),
    );
  });
  return {
    tree,
    send: (message) => void requests.write(`${exactText(message)}\n`),
    hold: (isBusy) => {
      for (const handle of [child, ...child.stdio.filter((stream) => stream instanceof Socket)])
        if (isBusy) handle.ref();
        else handle.unref();
    },
    end: async (graceMs) => {
      isOurs = true;
      // Python ends at the end of its requests. After that, what it started may have no trace that leads to it.
      const seen = runningOf(tree);
      requests.end();
      await Promise.race([gone, sleep(graceMs, undefined, { ref: false })]);
      const left = await terminateTree(tree, { graceMs, seen });
      if (left.some(({ pid }) => pid === tree.pid)) giveUp();
      await gone;
      return left;
    },
  };
}

/**
 * Output and answers arrive through different pipes, and the answer may be read first. Output that was written before
 * the answer is in its pipe by then, so one whole turn of the event loop reads it.
 */
async function drained(): Promise<void> {
  await turn();
  await turn();
}

function parsedLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
