import type { LocalBrokerOptions } from '../local-broker-options.ts';
import type { ClaimScope } from '../../ports/jobs/job-queue.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { LazyJobStore } from '../../ports/jobs/lazy-job-store.ts';
import { currentOwner } from '../../../support/process/owner.ts';
import type { Worker, WorkerOptions } from './worker.ts';
import { isError } from '../../model/errors.ts';

export interface LazyWorkerOptions extends Omit<WorkerOptions, 'store'> {
  readonly jobs: LazyJobStore;
  /** Called with the reason if the worker stopped. Another worker may start later. */
  readonly onFailure: (error: Error) => void;
}

/** The jobs that the worker of a process may claim. `none` counts as `own`. */
export const claimScope = (
  work: LocalBrokerOptions['work'],
  objects: readonly string[],
  { leaseMs, labels = [] }: Pick<LocalBrokerOptions, 'leaseMs' | 'labels'>,
): ClaimScope => ({
  ...{ owner: currentOwner(), objects, labels, lease_ms: leaseMs },
  reach: work === 'none' ? 'own' : work,
});

const restartAfterMs = 5000;

/** The worker of a broker. It is loaded with the first job that needs a runner, so that a hit does not pay for it. */
export class LazyWorker {
  readonly #options: LazyWorkerOptions;
  #worker: Promise<Worker> | undefined;
  #restart: NodeJS.Timeout | undefined;
  #stopped = false;
  #isPaused = false;

  constructor(options: LazyWorkerOptions) {
    this.#options = options;
  }

  /** Starts the worker. After `stop` it starts nothing: jobs in the queue stay there for the next process. */
  async start(): Promise<Worker | undefined> {
    if (this.#stopped || this.#worker !== undefined) return this.#worker;
    const making = this.#make();
    this.#worker = making;
    try {
      return await making;
    } catch (error) {
      // Loading failed, for example because no file descriptor was free. The next job tries again.
      if (this.#worker === making) this.#worker = undefined;
      throw error;
    }
  }

  /** How many jobs its workers have begun. */
  async begun(): Promise<number> {
    return (await this.#worker?.catch(() => undefined))?.begun ?? 0;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  async setPaused(paused: boolean): Promise<void> {
    this.#isPaused = paused;
    (await this.#worker?.catch(() => undefined))?.setPaused(this.#isPaused);
  }

  /** Resolves when no job of the scope is pending or running. Starts no worker if there is none. */
  async idle(): Promise<void> {
    const store = await this.#options.jobs.existing();
    if (store === undefined) return;
    if (this.#worker === undefined && (await isQuiet(store, this.#options.scope))) return;
    await (await this.start())?.idle();
  }

  /** Resolves even if the worker failed: `onFailure` already told those who wait for its jobs. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    const worker = await this.#worker?.catch(() => undefined);
    await worker?.stop(graceMs).catch(() => undefined);
  }

  /** Starts another worker later: the cause may pass (a full disk, a locked store), and jobs wait. */
  #replace(error: unknown): void {
    const { logger, onFailure } = this.#options;
    logger.error({ err: error }, 'the worker stopped');
    this.#worker = undefined;
    onFailure(isError(error) ? error : new Error(String(error)));
    if (!this.#stopped)
      this.#restart = setTimeout(() => {
        this.start().catch((failed: unknown) => this.#replace(failed));
      }, restartAfterMs).unref();
  }

  async #make(): Promise<Worker> {
    const { Worker: Loaded } = await import('./worker.ts');
    const worker = new Loaded({ ...this.#options, store: await this.#options.jobs.made() });
    worker.setPaused(this.#isPaused);
    worker.start().catch((error: unknown) => this.#replace(error));
    return worker;
  }
}

async function isQuiet(store: JobStore, scope: ClaimScope): Promise<boolean> {
  if ((await store.unwritten?.isAnyLeft()) === true) return false;
  const released = await store.reap();
  // Released jobs may have ended. Even then a worker is needed, to remove what dead workers left.
  return released.length === 0 && (await store.nextDue(scope)) === undefined;
}
