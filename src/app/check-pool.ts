import { Worker } from 'node:worker_threads';
import { packKeys } from '../core/maintenance/verify/check-batch.ts';
import type { CheckOptions } from '../core/maintenance/verify/check-entry.ts';
import type { BatchOutcome, Checker } from '../core/maintenance/verify/checker.ts';
import { bytesOf, sharedMeterBytes, stop } from '../core/maintenance/verify/shared-meter.ts';
import type { EntryKey } from '../core/model/key.ts';
import { builtFile } from '../runners/built-file.ts';

/**
 * Threads that check entries, a batch each at a time. (Pools of the field give each file a task; here a task is so
 * small that a batch is one message, and all threads count into one memory, so that a bar moves within a large file.)
 */
export class CheckPool implements Checker {
  readonly lanes: number;
  readonly #shared = new SharedArrayBuffer(sharedMeterBytes);
  readonly #threads: readonly Thread[];
  readonly #free: Thread[];
  readonly #waiting: ((thread: Thread) => void)[] = [];

  constructor(options: CheckOptions, lanes: number) {
    this.lanes = lanes;
    this.#threads = Array.from({ length: lanes }, () => new Thread(options, this.#shared));
    this.#free = [...this.#threads];
  }

  get bytes(): number {
    return bytesOf(this.#shared);
  }

  async check(keys: readonly EntryKey[]): Promise<BatchOutcome> {
    const thread =
      this.#free.pop() ?? (await new Promise<Thread>((resolve) => this.#waiting.push(resolve)));
    try {
      return await thread.check(keys);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(thread);
      else next(thread);
    }
  }

  async close(): Promise<void> {
    stop(this.#shared);
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }
}

interface Task {
  resolve(outcome: BatchOutcome): void;
  reject(error: unknown): void;
}

class Thread {
  readonly #worker: Worker;
  #task: Task | undefined;
  #failure: unknown;

  constructor(options: CheckOptions, shared: SharedArrayBuffer) {
    this.#worker = new Worker(builtFile('workers/verify.js'), { workerData: { options, shared } });
    this.#worker.on('message', (outcome: BatchOutcome) => this.#task?.resolve(outcome));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('a thread of verify was ended')));
  }

  check(keys: readonly EntryKey[]): Promise<BatchOutcome> {
    return new Promise((resolve, reject) => {
      this.#task = { resolve, reject };
      if (this.#failure === undefined) this.#worker.postMessage(packKeys(keys));
      else this.#fail(this.#failure);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#task?.reject(this.#failure);
  }
}
