import { brokerClosed } from '../../../support/time/wait-limit.ts';
import type { JobStore } from './job-store.ts';

export type OpenJobStore = (create: boolean) => Promise<JobStore | undefined>;

/** The job store of a root. It is opened at its first use, and created at the first write. */
export class LazyJobStore {
  readonly #open: OpenJobStore;
  #opening: Promise<JobStore | undefined> | undefined;
  #store: JobStore | undefined;
  #closed = false;

  constructor(open: OpenJobStore) {
    this.#open = open;
  }

  /** Undefined if the root has no job store yet. Reading creates nothing. */
  async existing(): Promise<JobStore | undefined> {
    return this.#store ?? this.#inTurn(false);
  }

  async made(): Promise<JobStore> {
    const store = this.#store?.isCopy === false ? this.#store : await this.#inTurn(true);
    if (store === undefined) throw new TypeError('a job store that was to be made was not');
    return store;
  }

  /** Final: a call that comes later must not open a store that nobody would close. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    await this.#store?.close();
    this.#store = undefined;
  }

  /** Replaces a read-only copy by the store itself if `create` asks for writing. */
  async #opened(create: boolean): Promise<JobStore | undefined> {
    const before = this.#store;
    if (before !== undefined && !(create && before.isCopy)) return before;
    const store = await this.#open(create);
    await before?.close();
    return store;
  }

  /** Opens one at a time: two calls that open at once would make two handles, and leave one open. */
  #inTurn(create: boolean): Promise<JobStore | undefined> {
    const before = this.#opening?.catch(() => undefined) ?? Promise.resolve();
    const opening = before.then(async () => {
      if (this.#closed) throw brokerClosed();
      return (this.#store = await this.#opened(create));
    });
    this.#opening = opening;
    return opening;
  }
}
