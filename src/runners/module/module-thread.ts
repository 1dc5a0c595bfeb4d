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

/** The exports of a module, besides its function, that the engine uses. */
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
  /** The declaration that was read in the source. The module must export the same. */
  readonly declared: ModuleDeclaration;
  /** Limit of the thread's heap; Node's own limit if not given. */
  readonly maxHeapMb?: number | undefined;
}

/** Opens a thread that loads a module. Its other end is module-worker.ts. */
export function openModuleThread(options: ModuleThreadOptions, events: ChannelEvents): Channel {
  const mark = newMark();
  // Child processes of the thread inherit its environment, so the mark identifies them.
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
      // This comes first, while the thread still runs and can collect its ended children. Nothing else can, and they
      // would stay zombies as long as this process lives.
      const left = await terminateTree(tree, { graceMs });
      if (await terminated(worker, tree)) return left;
      // The thread waits without end, for example for a process that holds the pipes of a spawnSync child.
      worker.unref();
      gone({
        code: 'runner_failed',
        message: 'could not be ended: its thread waits for a process',
      });
      return left;
    },
  };
}

/**
 * Milliseconds. A thread ends between two steps of its code: at once, unless it waits for
 * something that does not end.
 */
const terminateMs = 2000;

/** A thread that waits in spawnSync continues only when the child has ended, and may then start another child. */
async function terminated(worker: Worker, tree: ProcessTree): Promise<boolean> {
  const ended = worker.terminate().then(() => 'ended' as const);
  const over = performance.now() + terminateMs;
  let state: 'ended' | undefined;
  do {
    state = await Promise.race([ended, sleep(lookMs, undefined)]);
    // Also ends what the thread started in the meantime.
    await terminateTree(tree, { graceMs: 0 });
  } while (state === undefined && performance.now() < over);
  return state === 'ended';
}

/** Milliseconds between two searches for the thread's children. */
const lookMs = 50;

const endOfThread = (exit_code: number): RunnerFailure => ({
  code: 'runner_failed',
  message: `ended its thread with exit code ${exit_code}`,
  exit_code,
});

/** The failure for an exception, an unhandled rejection, or a full heap. */
const failureOf = (thrown: unknown): RunnerFailure =>
  isError(thrown)
    ? {
        code: 'runner_failed',
        message: thrown.message,
        exception: thrown.name,
        stack: inspect(thrown),
      }
    : { code: 'runner_failed', message: `threw ${inspect(thrown)}`, exception: typeof thrown };
