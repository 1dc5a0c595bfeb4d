/**
 * Publishes in a thread, for a process with many jobs. Making an entry takes as many system calls as the rest of a
 * job, and the main thread, which also answers requests and writes the queue, would make them one after the other.
 * A process with few jobs never starts the thread.
 */
import { Worker } from 'node:worker_threads';
import type { Publication } from '../../core/ports/entry-store.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { StagedEntry } from '../../core/ports/workspace.ts';
import type { LightEntry } from '../../core/ports/made-entry.ts';
import type { FinishedRun, GatheredEntry } from '../../core/engine/attempt/outcome/gather.ts';
import type { Publisher } from '../../core/engine/attempt/outcome/publisher.ts';
import {
  Batch,
  type Answer,
  type Outcome,
  type Request,
  type Task,
} from './publishing-protocol.ts';
import { CabError, isCabError, isError } from '../../core/model/errors.ts';
import { packError, unpackError } from '../../support/thread/packed-error.ts';
import { builtFile } from '../../support/thread/built-file.ts';
import type { EntriesOptions } from '../stores/local/open-entries.ts';
import type { RootPlace } from '../stores/store-choice.ts';

export interface PublishingOptions extends EntriesOptions {
  /** The thread starts when this many publications wait at once; by default 4. */
  readonly startAt?: number;
}

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** Where a broker publishes: in a thread if its entries are in the root, else where it runs. */
export const publishing = (
  place: RootPlace,
): { readonly publisher?: (here: Publisher) => Publisher } =>
  place.store === undefined ? { publisher: inThread(place) } : {};

/** A `publisher` for a broker. */
export const inThread =
  (options: PublishingOptions) =>
  (here: Publisher): Publisher =>
    new PublishingThread(here, options);

/** Publishes with `here` until there is much to do, and again after the thread was lost. */
class PublishingThread implements Publisher {
  readonly #here: Publisher;
  readonly #options: PublishingOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #requests = new Batch<Request>((batch) => this.#send(batch), 0);
  #worker: Worker | undefined;
  #isLost = false;
  #underWay = 0;
  #lastId = 0;

  constructor(here: Publisher, options: PublishingOptions) {
    this.#here = here;
    this.#options = options;
  }

  gather(run: FinishedRun, signal: AbortSignal): Promise<GatheredEntry> {
    return this.#during(async () => {
      if (this.#worker === undefined) return this.#here.gather(run, signal);
      const outcome = await this.#ask({ type: 'gather', run: plain(run) }, signal);
      if (outcome.type === 'gathered') return outcome.gathered;
      throw failureOf(outcome);
    });
  }

  publish(staged: StagedEntry, signal: AbortSignal): Promise<Publication> {
    return this.#during(async () => {
      if (this.#worker === undefined) return this.#here.publish(staged, signal);
      const outcome = await this.#ask({ type: 'publish', staged }, signal);
      if (outcome.type === 'published') return outcome.publication;
      throw failureOf(outcome);
    });
  }

  publishLight(entry: LightEntry): Promise<Publication> {
    return this.#during(async () => {
      if (this.#worker === undefined) return this.#here.publishLight(entry);
      const outcome = await this.#ask({ type: 'publish light', entry });
      if (outcome.type === 'published') return outcome.publication;
      throw failureOf(outcome);
    });
  }

  /** Where the last entries were written. It is no reason to start the thread. */
  async flushLight(keys: readonly EntryKey[]): Promise<void> {
    if (this.#worker === undefined) return this.#here.flushLight(keys);
    const outcome = await this.#ask({ type: 'flush', keys });
    if (outcome.type !== 'flushed') throw failureOf(outcome);
  }

  /** Another process does it. */
  flushAll(): Promise<boolean> {
    return this.#here.flushAll();
  }

  async close(): Promise<void> {
    this.#isLost = true;
    this.#worker?.ref();
    await this.#worker?.terminate();
  }

  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    if (this.#underWay >= (this.#options.startAt ?? 4) && !this.#isLost)
      this.#worker ??= this.#start();
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
    }
  }

  /** The answer comes even after an abort: until then the thread uses the files. */
  async #ask(task: Task, signal?: AbortSignal): Promise<Outcome> {
    signal?.throwIfAborted();
    const id = (this.#lastId += 1);
    const stop = (): void =>
      this.#requests.add({ id, task: { type: 'stop', reason: packError(signal?.reason) } });
    signal?.addEventListener('abort', stop);
    try {
      return await new Promise<Outcome>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        this.#worker?.ref();
        this.#requests.add({ id, task });
      });
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** A request that cannot be sent fails alone; the others of its batch and the process go on. */
  #send(batch: readonly Request[]): void {
    try {
      this.#worker?.postMessage(batch);
    } catch (error) {
      const [only, ...others] = batch;
      if (only === undefined || !(isError(error) && error.name === 'DataCloneError')) throw error;
      if (others.length > 0) for (const one of batch) this.#send([one]);
      else {
        this.#waiting.get(only.id)?.reject(error);
        this.#waiting.delete(only.id);
      }
    }
  }

  #start(): Worker | undefined {
    const { root, artifactName, manifestName } = this.#options;
    try {
      const worker = new Worker(builtFile('workers/publishing.cjs'), {
        workerData: { root, artifactName, manifestName },
      });
      worker.on('message', (answers: readonly Answer[]) => this.#take(answers));
      worker.on('error', (error) => this.#lose(error));
      worker.unref();
      worker.on('exit', () => this.#lose(new Error('the thread that publishes was ended')));
      return worker;
    } catch (error) {
      // Publishing here is slower and gives the same result, so a missing worker file is no failure.
      if (!isCabError(error, 'runner_not_found')) throw error;
      this.#isLost = true;
      return undefined;
    }
  }

  #take(answers: readonly Answer[]): void {
    for (const { id, outcome } of answers) {
      this.#waiting.get(id)?.resolve(outcome);
      this.#waiting.delete(id);
    }
    if (this.#waiting.size === 0) this.#worker?.unref();
  }

  /** Its requests may or may not be done. The jobs are tried again, and find their entries or publish here. */
  #lose(error: unknown): void {
    this.#isLost = true;
    this.#worker = undefined;
    const failure = new CabError('io_error', 'the thread that publishes entries ended', {
      cause: error,
      hint: 'Jobs are tried again, and this process goes on without the thread; look at its memory.',
    });
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }
}

/** A runner object may return extra values that cannot be sent to a thread. */
const plain = ({ identity, result, ...run }: FinishedRun): FinishedRun => {
  const { name, version, artifactSchema, manifestSchema } = identity;
  const { artifact, manifest, returned } = result;
  return {
    ...run,
    identity: { name, version, artifactSchema, manifestSchema },
    result: { artifact, manifest, ...(returned && { returned }) },
  };
};

const failureOf = (outcome: Outcome): Error =>
  outcome.type === 'failed'
    ? unpackError(outcome.error)
    : new TypeError(`publication answered ${outcome.type} to something else`);
