/**
 * The threads of verify. A thread takes 30 ms to start, as long as a command takes to load and parse its flags. So the
 * threads start first, and do not keep a process alive that does not need them.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { isCabError } from '../../core/model/errors.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { BatchOutcome } from '../../core/ports/maintenance/entry-checker.ts';
import type { CheckOptions } from '../../stores/local/check/check-entry.ts';
import { packKeys } from '../../stores/local/check/packed-keys.ts';
import { builtFile } from '../../support/thread/built-file.ts';

interface Task {
  resolve(outcome: BatchOutcome): void;
  reject(error: unknown): void;
}

export class CheckThread {
  #worker: Worker | undefined;
  #task: Task | undefined;
  /** Why the thread ended or could not start. The next caller gets this error. */
  #failure: unknown;

  constructor() {
    try {
      this.#worker = new Worker(builtFile('workers/verify.cjs'));
    } catch (error) {
      if (!isCabError(error)) throw error;
      this.#failure = error;
      return;
    }
    this.#worker.on('message', (outcome: BatchOutcome) => this.#task?.resolve(outcome));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a thread of verify was ended')));
    // Last, because adding a listener makes the thread keep the process alive again.
    this.#worker.unref();
  }

  begin(options: CheckOptions, shared: SharedArrayBuffer): void {
    this.#worker?.ref();
    this.#worker?.postMessage({ options, shared });
  }

  check(keys: readonly EntryKey[]): Promise<BatchOutcome> {
    return new Promise((resolve, reject) => {
      this.#task = { resolve, reject };
      if (this.#failure === undefined) this.#worker?.postMessage(packKeys(keys));
      else this.#fail(this.#failure);
    });
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#task?.reject(this.#failure);
  }
}

const started: CheckThread[] = [];

/** Starts one thread for each processor, for a check that will follow. */
export function startCheckThreads(): void {
  for (let n = started.length; n < availableParallelism(); n += 1) started.push(new CheckThread());
}

/** Returns the wanted number of threads: ends the surplus ones, starts the missing ones. */
export function takeCheckThreads(wanted: number): CheckThread[] {
  const taken = started.splice(0, wanted);
  for (const thread of started.splice(0)) void thread.end();
  while (taken.length < wanted) taken.push(new CheckThread());
  return taken;
}
