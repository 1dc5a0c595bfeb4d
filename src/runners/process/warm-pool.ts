import { CallLimit } from '../call-limit.ts';
import type { WarmWorker } from './warm-worker.ts';

/**
 * Keeps workers warm between calls, each for one call at a time, and as many as calls have needed at once so
 * far. (General thread pools support only threads, and end a task without the grace and the log that a
 * runner is promised.)
 */
export class WarmPool {
  readonly #start: () => Promise<WarmWorker>;
  readonly #all = new Map<WarmWorker, string>();
  readonly #places = new CallLimit();
  #idle: WarmWorker[] = [];

  constructor(start: () => Promise<WarmWorker>) {
    this.#start = start;
  }

  /** Lends a worker that loaded its code at this version. Idle workers with another version are ended. */
  async use<T>(version: string, task: (worker: WarmWorker) => Promise<T>): Promise<T> {
    await this.#places.take();
    try {
      const worker = (await this.#takeIdle(version)) ?? (await this.#start());
      return await this.#lend(worker, version, task);
    } finally {
      this.#places.leave();
    }
  }

  /** Ends all workers, including busy ones. Idempotent. */
  async close(): Promise<void> {
    const workers = [...this.#all.keys()];
    this.#all.clear();
    this.#idle = [];
    await Promise.all(workers.map((worker) => worker.end()));
  }

  async #lend<T>(
    worker: WarmWorker,
    version: string,
    task: (worker: WarmWorker) => Promise<T>,
  ): Promise<T> {
    this.#all.set(worker, version);
    try {
      return await task(worker);
    } finally {
      if (worker.alive) this.#idle.push(worker);
      else this.#all.delete(worker);
    }
  }

  async #takeIdle(version: string): Promise<WarmWorker | undefined> {
    const outdated = this.#idle.filter(
      (worker) => !worker.alive || this.#all.get(worker) !== version,
    );
    this.#idle = this.#idle.filter((worker) => !outdated.includes(worker));
    const taken = this.#idle.pop();
    for (const worker of outdated) this.#all.delete(worker);
    await Promise.all(outdated.map((worker) => worker.end()));
    return taken;
  }
}
