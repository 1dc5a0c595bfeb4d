import type { LocalBrokerOptions } from '../local-broker-options.ts';
import type { ClaimScope, JobStore } from '../../ports/job-store.ts';
import type { LazyJobStore } from '../../ports/lazy-job-store.ts';
import { currentOwner } from '../../../support/process/owner.ts';
import type { Worker, WorkerOptions } from './worker.ts';
import { isError } from '../../model/errors.ts';

export interface LazyWorkerOptions extends Omit<WorkerOptions, 'store'> {
  readonly jobs: LazyJobStore;
  /** Told why it stopped; another may start later. */
  readonly onFailure: (error: Error) => void;
}

/** What a process may claim: of a broker that works for itself alone, its own jobs and what dead processes left. */
export const claimScope = (
  work: LocalBrokerOptions['work'],
  objects: readonly string[],
  lease_ms: number,
): ClaimScope => ({
  ...{ owner: currentOwner(), objects, lease_ms },
  reach: work === 'none' ? 'own' : work,
});

const restartAfterMs = 5000;

/** The worker of a broker, loaded with the first job that a runner must run, so that a hit does not pay for it. */
export class LazyWorker {
  readonly #options: LazyWorkerOptions;
  #worker: Promise<Worker> | undefined;
  #restart: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: LazyWorkerOptions) {
    this.#options = options;
  }

  /** Once it was stopped, nothing is started any more: what is in the queue stays there for the next process. */
  async start(): Promise<Worker | undefined> {
    if (this.#stopped || this.#worker !== undefined) return this.#worker;
    const making = this.#make();
    this.#worker = making;
    try {
      return await making;
    } catch (error) {
      // No descriptor to load it with, say: the next job may find one.
      if (this.#worker === making) this.#worker = undefined;
      throw error;
    }
  }

  /** Resolves once nothing of the scope is pending or running; starts no worker where there is nothing. */
  async idle(): Promise<void> {
    const store = await this.#options.jobs.existing();
    if (store === undefined) return;
    if (this.#worker === undefined && (await isQuiet(store, this.#options.scope))) return;
    await (await this.start())?.idle();
  }

  /** Resolves whether or not the worker failed: that was told to those who waited for its jobs. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#restart);
    const worker = await this.#worker?.catch(() => undefined);
    await worker?.stop(graceMs).catch(() => undefined);
  }

  /** What stopped it may pass (a full disk, a store that was held), and jobs wait. */
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
    worker.start().catch((error: unknown) => this.#replace(error));
    return worker;
  }
}

async function isQuiet(store: JobStore, scope: ClaimScope): Promise<boolean> {
  const released = await store.reap();
  // Also where they ended: a worker clears what dead ones left.
  return released.length === 0 && (await store.nextDue(scope)) === undefined;
}
