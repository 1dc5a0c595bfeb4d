import type { EntryKey } from '../../core/model/entry/key.ts';
import type { BatchOutcome, Checker } from '../../core/ports/maintenance/entry-checker.ts';
import type { CheckOptions } from '../../stores/local/check/check-entry.ts';
import { bytesOf, sharedMeterBytes, stop } from '../../stores/local/check/shared-meter.ts';
import { takeCheckThreads, type CheckThread } from './check-threads.ts';

/**
 * Threads that check entries, one batch at a time each. A task is small, so a batch is one message. All threads count
 * into one shared memory, so that progress moves within a large file.
 */
export class CheckPool implements Checker {
  readonly lanes: number;
  readonly #shared = new SharedArrayBuffer(sharedMeterBytes);
  readonly #threads: readonly CheckThread[];
  readonly #free: CheckThread[];
  readonly #waiting: ((thread: CheckThread) => void)[] = [];

  constructor(options: CheckOptions, lanes: number) {
    this.lanes = lanes;
    this.#threads = takeCheckThreads(lanes);
    for (const thread of this.#threads) thread.begin(options, this.#shared);
    this.#free = [...this.#threads];
  }

  get bytes(): number {
    return bytesOf(this.#shared);
  }

  async check(keys: readonly EntryKey[]): Promise<BatchOutcome> {
    const thread =
      this.#free.pop() ??
      (await new Promise<CheckThread>((resolve) => this.#waiting.push(resolve)));
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
