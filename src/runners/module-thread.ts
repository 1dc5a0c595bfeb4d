import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { markVariable, terminateTree } from '../core/engine/process-tree.ts';
import { builtFile } from './built-file.ts';
import type { RunnerFailure } from './runner-failure.ts';
import type { Channel, ChannelEvents } from './warm-worker.ts';

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
  const mark = randomUUID();
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
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (exit_code) => {
      events.gone(thrown ?? endOfThread(exit_code));
      resolve();
    });
  });
  worker.on('error', (error) => (thrown = failureOf(error)));
  worker.on('message', events.message);
  return {
    tree,
    send: (message) => worker.postMessage(message),
    end: async (graceMs) => {
      // A thread that waits in spawnSync cannot be terminated before that child has ended.
      await Promise.all([worker.terminate(), terminateTree(tree, graceMs)]);
      await exited;
    },
  };
}

const endOfThread = (exit_code: number): RunnerFailure => ({
  code: 'runner_failed',
  message: `ended its thread with exit code ${exit_code}`,
  exit_code,
});

/** An exception, a rejection that nobody handled, or a heap that was full. */
const failureOf = (thrown: unknown): RunnerFailure =>
  thrown instanceof Error
    ? {
        code: 'runner_failed',
        message: thrown.message,
        exception: thrown.name,
        stack: inspect(thrown),
      }
    : { code: 'runner_failed', message: `threw ${inspect(thrown)}`, exception: typeof thrown };
