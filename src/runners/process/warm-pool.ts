import { CallLimit } from '../call-limit.ts';
import type { WarmWorker } from './warm-worker.ts';

/** Variables that a job declares; null: not set. */
type DeclaredEnv = Readonly<Record<string, string | null>>;

/**
 * Keeps workers warm between calls, each for one call at a time, and as many as calls have needed at once so
 * far. (General thread pools support only threads, and end a task without the grace and the log that a
 * runner is promised.)
 */
export class WarmPool {
  readonly #start: (env: DeclaredEnv) => Promise<WarmWorker>;
  readonly #all = new Map<WarmWorker, string>();
  readonly #places = new CallLimit();
  #idle: WarmWorker[] = [];

  /** @param start starts a worker whose environment has these variables as well */
  constructor(start: (env: DeclaredEnv) => Promise<WarmWorker>) {
    this.#start = start;
  }

  /**
   * Lends a worker that loaded its code at this version, with these variables. Idle workers with another version or other
   * variables are ended.
   */
  async use<T>(
    version: string,
    task: (worker: WarmWorker) => Promise<T>,
    env: DeclaredEnv = {},
  ): Promise<T> {
    await this.#places.take();
    try {
      const kind = `${version} ${JSON.stringify(env)}`;
      const worker = (await this.#takeIdle(kind)) ?? (await this.#start(env));
      return await this.#lend(worker, kind, task);
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
