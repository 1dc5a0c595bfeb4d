import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import {
  markVariable,
  newMark,
  terminateTree,
  type ProcessTree,
} from '../../support/process/process-tree.ts';
import { builtFile } from '../../support/thread/built-file.ts';
import type { RunnerFailure } from '../runner-failure.ts';
import type { Channel, ChannelEvents } from '../process/warm-worker.ts';
import { isError } from '../../core/model/errors.ts';

/** Exports of a module beside its function that the engine goes by. */
export interface ModuleDeclaration {
  readonly inputFormat: 'json' | 'bytes' | undefined;
  readonly artifactName: string | undefined;
}

export interface ModuleThreadOptions {
  /** URL of the module. */
  readonly url: string;
  /** Null: `run`, or else the default export. */
  readonly exportName: string | null;
  readonly env: NodeJS.ProcessEnv;
  /** What was read in its source; it must export just that. */
  readonly declared: ModuleDeclaration;
  /** Limit of the thread's heap; Node's own where not given. */
  readonly maxHeapMb?: number | undefined;
}

/** A thread that has a module loaded; the other end is module-worker.ts. */
export function openModuleThread(options: ModuleThreadOptions, events: ChannelEvents): Channel {
  const mark = newMark();
  // Child processes of the thread inherit its environment, and are known by the mark.
  const worker = new Worker(builtFile('workers/module.js'), {
    env: { ...options.env, [markVariable]: mark },
    workerData: { url: options.url, exportName: options.exportName, declared: options.declared },
    ...(options.maxHeapMb === undefined
      ? {}
      : { resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMb } }),
  });
  const tree = { pid: null, started: null, mark };
  let thrown: RunnerFailure | undefined;
  let isGone = false;
  const gone = (failure: RunnerFailure): void => {
    if (!isGone) events.gone(failure);
    isGone = true;
  };
  worker.on('exit', (exit_code) => gone(thrown ?? endOfThread(exit_code)));
  worker.on('error', (error) => (thrown = failureOf(error)));
  worker.on('message', events.message);
  return {
    tree,
    send: (message) => worker.postMessage(message),
    hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    end: async (graceMs) => {
      // First, while the thread is there to take note of the end of its children: nobody else can, and they would stay
      // zombies for as long as this process lives.
      const left = await terminateTree(tree, { graceMs });
      if (await terminated(worker, tree)) return left;
      // It waits without end, for what holds the pipes of a child of spawnSync say.
      worker.unref();
      gone({
        code: 'runner_failed',
        message: 'could not be ended: its thread waits for a process',
      });
      return left;
    },
  };
}

/** A thread ends between two steps of its code: at once, unless it waits for something that does not end. */
const terminateMs = 2000;

/** A thread that waits in spawnSync goes on only when that child has ended, and may start another then. */
async function terminated(worker: Worker, tree: ProcessTree): Promise<boolean> {
  const ended = worker.terminate().then(() => 'ended' as const);
  const over = performance.now() + terminateMs;
  let state: 'ended' | undefined;
  do {
    state = await Promise.race([ended, sleep(lookMs, undefined)]);
    // Also what it had started in the meantime.
    await terminateTree(tree, { graceMs: 0 });
  } while (state === undefined && performance.now() < over);
  return state === 'ended';
}

/** Between two looks for its children. */
const lookMs = 50;

const endOfThread = (exit_code: number): RunnerFailure => ({
  code: 'runner_failed',
  message: `ended its thread with exit code ${exit_code}`,
  exit_code,
});

/** An exception, a rejection that nobody handled, or a heap that was full. */
const failureOf = (thrown: unknown): RunnerFailure =>
  isError(thrown)
    ? {
        code: 'runner_failed',
        message: thrown.message,
        exception: thrown.name,
        stack: inspect(thrown),
      }
    : { code: 'runner_failed', message: `threw ${inspect(thrown)}`, exception: typeof thrown };
