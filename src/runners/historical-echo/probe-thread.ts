import { basename } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { RunnerContext, RunnerResult } from '../../core/ports/runner.ts';
import { CabError } from '../../core/model/errors.ts';
import { type ThreadCall, type ThreadMessage, errorOf, failureOf } from './thread-messages.ts';
import { builtFile } from '../../support/thread/built-file.ts';

/** A call, and how to settle it. */
interface Task {
  readonly call: ThreadCall;
  readonly context: RunnerContext;
  readonly resolve: (result: RunnerResult) => void;
  readonly reject: (reason: unknown) => void;
  /** When the thread began to read a spine for it; undefined at other times. */
  loadingSince: number | undefined;
}

/**
 * The thread that reads spines, and the calls that wait for it. It starts with the first call, and an idle thread
 * keeps no process alive. If it dies, its current call fails, and the next call starts another thread.
 */
export class ProbeThread {
  readonly #waiting: Task[] = [];
  #current: Task | undefined;
  #worker: Worker | undefined;

  async run(call: ThreadCall, context: RunnerContext): Promise<RunnerResult> {
    const { signal } = context;
    signal.throwIfAborted();
    let abort = (): void => undefined;
    try {
      return await new Promise<RunnerResult>((resolve, reject) => {
        const task: Task = { call, context, resolve, reject, loadingSince: undefined };
        abort = () => this.#abort(task);
        signal.addEventListener('abort', abort);
        this.#waiting.push(task);
        this.#next();
      });
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Rejects calls that have not ended as canceled. */
  async close(): Promise<void> {
    const reason = new CabError('canceled', 'the runner was closed');
    for (const task of this.#waiting.splice(0)) task.reject(reason);
    const current = this.#current;
    await this.#stop();
    current?.reject(reason);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const task = this.#waiting.shift();
    if (task === undefined) {
      this.#worker?.unref();
      return;
    }
    try {
      this.#worker ??= this.#start();
    } catch (error) {
      task.reject(error);
      this.#next();
      return;
    }
    this.#current = task;
    this.#worker.ref();
    this.#worker.postMessage(task.call);
  }

  #start(): Worker {
    // Shared, because a thread otherwise keeps the environment of its start, and with it SOURCE_DATE_EPOCH.
    const worker = new Worker(builtFile('workers/historical-echo.js'), { env: SHARE_ENV });
    worker.on('message', (message: ThreadMessage) => {
      if (worker === this.#worker) this.#receive(message);
    });
    worker.on('error', (error) => this.#died(worker, error));
    worker.on('exit', (code) => this.#died(worker, new Error(`its thread ended with ${code}`)));
    return worker;
  }

  #receive(message: ThreadMessage): void {
    const task = this.#current;
    if (task === undefined) return;
    switch (message.type) {
      case 'loading':
        this.#loading(task, message.path, message.rows);
        break;
      case 'loaded':
        logLoad(task, message.path, message.rows);
        task.loadingSince = undefined;
        break;
      case 'done':
        this.#end((ended) => ended.resolve(message.result));
        break;
      case 'failed':
        this.#end((ended) => ended.reject(errorOf(message.failure)));
        break;
      default:
        message satisfies never;
    }
  }

  #loading(task: Task, path: string, rows: number): void {
    task.loadingSince ??= performance.now();
    task.context.progress({
      fraction: null,
      message: `reading ${basename(path)}: ${rows} songs`,
    });
    if (task.context.signal.aborted) this.#abort(task);
  }

  /**
   * Ends the thread, and its warm spines, only during a load, because only a load takes long. A probe ends in
   * milliseconds and is awaited, because it may still write into the directory of the call.
   */
  #abort(task: Task): void {
    if (task === this.#current) {
      if (task.loadingSince === undefined) return;
      void this.#stop().then(() => {
        task.reject(task.context.signal.reason);
        this.#next();
      });
      return;
    }
    const place = this.#waiting.indexOf(task);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    task.reject(task.context.signal.reason);
  }

  #died(worker: Worker, error: Error): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#end((task) => task.reject(errorOf(failureOf(error))));
  }

  #end(settle: (task: Task) => void): void {
    const task = this.#current;
    this.#current = undefined;
    if (task?.context.signal.aborted === true) task.reject(task.context.signal.reason);
    else if (task !== undefined) settle(task);
    this.#next();
  }

  /** From here on messages of the old thread are ignored. On return it is gone. */
  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#current = undefined;
  }
}

function logLoad({ context, loadingSince }: Task, path: string, rows: number): void {
  const took = Math.round(performance.now() - (loadingSince ?? performance.now()));
  context.log('stderr', `${basename(path)}: ${rows} songs read in ${took} ms\n`);
}
