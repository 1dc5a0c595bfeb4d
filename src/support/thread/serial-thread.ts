/**
 * A thread for work that would block the event loop: one task at a time, the others wait. It starts with the first task, and
 * does not keep the process alive while it is idle. If the signal of a running task is aborted, the thread is ended, because
 * synchronous work cannot be stopped in another way. The next task starts a new thread.
 */
import { Worker, type Transferable } from 'node:worker_threads';
import { CabError } from '../../core/model/errors.ts';
import { unpackError, type PackedError } from './packed-error.ts';

/** The message of the thread at the end of a task. */
export type ThreadAnswer<Answer> = { readonly answer: Answer } | { readonly error: PackedError };

export interface AskOptions {
  readonly transfer?: readonly Transferable[];
  readonly signal?: AbortSignal | undefined;
}

interface Task<Ask, Answer> {
  readonly ask: Ask;
  readonly transfer: readonly Transferable[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export class SerialThread<Ask, Answer> {
  readonly #file: () => string;
  readonly #waiting: Task<Ask, Answer>[] = [];
  #current: Task<Ask, Answer> | undefined;
  #worker: Worker | undefined;

  /** @param file gives the path of its code; called at each start, and may throw */
  constructor(file: () => string) {
    this.#file = file;
  }

  /** Tasks that have not started. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws what the task throws; the signal's reason; io_error if the thread was lost */
  async ask(ask: Ask, { transfer = [], signal }: AskOptions = {}): Promise<Answer> {
    signal?.throwIfAborted();
    let abort = (): void => undefined;
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const task = { ask, transfer, resolve, reject };
        abort = () => this.#drop(task, signal?.reason);
        signal?.addEventListener('abort', abort);
        this.#waiting.push(task);
        this.#next();
      });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Tasks that have not ended are rejected as canceled. */
  async close(): Promise<void> {
    const reason = new CabError('canceled', 'the thread that reads inputs was closed');
    for (const task of this.#waiting.splice(0)) task.reject(reason);
    this.#current?.reject(reason);
    await this.#end();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const task = this.#waiting.shift();
    if (task === undefined) {
      this.#worker?.unref();
      return;
    }
    this.#current = task;
    try {
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#worker.postMessage(task.ask, task.transfer);
    } catch (error) {
      this.#settle(({ reject }) => reject(error));
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#file());
    const lost = (cause: unknown): void => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      const failure = new CabError('io_error', 'the thread that reads inputs ended', {
        cause,
        hint: 'Try again; look at the memory of this process.',
      });
      this.#settle(({ reject }) => reject(failure));
    };
    worker.on('message', (said: ThreadAnswer<Answer>) => {
      if (worker !== this.#worker) return;
      this.#settle(({ resolve, reject }) =>
        'error' in said ? reject(unpackError(said.error)) : resolve(said.answer),
      );
    });
    worker.on('error', lost);
    worker.on('exit', lost);
    return worker;
  }

  #settle(end: (task: Task<Ask, Answer>) => void): void {
    const task = this.#current;
    this.#current = undefined;
    if (task !== undefined) end(task);
    this.#next();
  }

  #drop(task: Task<Ask, Answer>, reason: unknown): void {
    task.reject(reason);
    const place = this.#waiting.indexOf(task);
    if (place >= 0) this.#waiting.splice(place, 1);
    if (task === this.#current) void this.#end().then(() => this.#next());
  }

  /** After this, messages of the thread are ignored. */
  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#current = undefined;
  }
}
