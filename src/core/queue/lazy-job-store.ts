import type { JobStore } from './job-store.ts';

export type OpenJobStore = (create: boolean) => Promise<JobStore | undefined>;

/** The job store of a root, opened when it is first needed and made when something is first written. */
export class LazyJobStore {
  readonly #open: OpenJobStore;
  #store: Promise<JobStore | undefined> | undefined;

  constructor(open: OpenJobStore) {
    this.#open = open;
  }

  /** Undefined where the root has none yet; reading makes nothing. */
  existing(): Promise<JobStore | undefined> {
    return (this.#store ??= this.#opened(false));
  }

  async made(): Promise<JobStore> {
    const store = (await this.existing()) ?? (await (this.#store = this.#opened(true)));
    if (store === undefined) throw new Error('a job store that was to be made was not');
    return store;
  }

  async close(): Promise<void> {
    const store = await this.#store?.catch(() => undefined);
    this.#store = undefined;
    await store?.close();
  }

  /** A failure is not kept: what was unreadable may be mended by the next call. */
  async #opened(create: boolean): Promise<JobStore | undefined> {
    try {
      const store = await this.#open(create);
      if (store === undefined) this.#store = undefined;
      return store;
    } catch (error) {
      this.#store = undefined;
      throw error;
    }
  }
}
