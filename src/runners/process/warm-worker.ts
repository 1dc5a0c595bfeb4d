import { setTimeout as sleep } from 'node:timers/promises';
import { TravelingNote } from '../../support/process/leftover-process.ts';
import { leftText, type LeftProcess } from '../../support/process/left-running.ts';
import { terminateTree, type ProcessTree } from '../../support/process/process-tree.ts';
import type {
  DatabaseQuestion,
  OutputStream,
  RunnerCall,
  RunnerContext,
} from '../../core/ports/runner.ts';
import { OutputTail } from './output-tail.ts';
import { runnerError, type RunnerFailure } from '../runner-failure.ts';
import { fromWorkerSchema, type FromWorker, type ToWorker } from './warm-protocol.ts';
import { isError } from '../../core/model/errors.ts';

/** The connection to a thread or process. After `gone` was reported, `send` does nothing. */
export interface Channel {
  readonly tree: ProcessTree;
  send(message: ToWorker): void;
  /** Whether the worker keeps this process alive. */
  hold(isBusy: boolean): void;
  /**
   * Ends an idle worker gently and a busy one by force, with all that they started. Resolves when all have ended, or
   * with the processes that cannot be ended. Idempotent.
   */
  end(graceMs: number): Promise<readonly LeftProcess[]>;
}

export interface ChannelEvents {
  /** Not checked yet: a runner's own code may write to the same connection. */
  readonly message: (raw: unknown) => void;
  readonly output: (stream: OutputStream, text: string) => void;
  /** It has ended, requested or not. All its earlier messages have been reported. */
  readonly gone: (failure: RunnerFailure) => void;
}

export type OpenChannel = (events: ChannelEvents) => Channel;

interface Request {
  readonly tail: OutputTail;
  readonly context: Pick<RunnerContext, 'progress' | 'leftRunning'>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Milliseconds between two searches for processes of a runner that is to end. */
const lookMs = 50;

/** A thread or process that has a runner loaded and serves one request at a time. */
export class WarmWorker {
  readonly #runner: string;
  readonly #channel: Channel;
  readonly #graceMs: number;
  readonly #note = new TravelingNote();
  #alive = true;
  #request: Request | null = null;
  /** Resolves once the latest request is answered, with any outcome. */
  #settled: Promise<unknown> = Promise.resolve();

  constructor(runner: string, open: OpenChannel, graceMs: number) {
    this.#runner = runner;
    this.#graceMs = graceMs;
    this.#channel = open({
      message: (raw) => this.#hear(raw),
      output: (stream, text) => this.#request?.tail.write(stream, text),
      gone: (failure) => void this.#lose(failure),
    });
  }

  /** False once it has ended or is ending. Then it must not get another request. */
  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Loads the runner's code. If a call is given, also asks which database that call reads. Throws
   * runner_not_found, runner_invalid.
   */
  load(call?: DatabaseQuestion): Promise<unknown> {
    return this.#ask(
      { type: 'load', ...(call && { call }) },
      { log: () => {}, progress: () => {} },
    );
  }

  /** The runner's answer, unchecked. After an abort it rejects with `signal.reason`, once nothing runs any more. */
  async call(
    call: RunnerCall,
    given: object,
    context: RunnerContext,
    declared?: object,
  ): Promise<unknown> {
    const { signal } = context;
    signal.throwIfAborted();
    this.#note.goTo(call.out_root, this.#channel.tree);
    let stopping: Promise<void> | undefined;
    const stop = () => {
      stopping = this.#stop(signal.reason, context);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      const { runner_kwargs } = call;
      return await this.#ask({ type: 'call', arguments: given, runner_kwargs, declared }, context);
    } finally {
      signal.removeEventListener('abort', stop);
      await stopping;
      this.#note.leave(call.out_root);
      if (!this.#alive) this.#note.remove();
      signal.throwIfAborted();
    }
  }

  /** Idempotent. */
  async end(): Promise<void> {
    await this.#end(this.#graceMs);
  }

  async #end(graceMs: number): Promise<readonly LeftProcess[]> {
    this.#alive = false;
    this.#channel.hold(true);
    const left = await this.#channel.end(graceMs);
    this.#note.remove();
    return left;
  }

  #ask(
    message: ToWorker,
    context: Pick<RunnerContext, 'log' | 'progress' | 'leftRunning'>,
  ): Promise<unknown> {
    const answer = new Promise((resolve, reject) => {
      this.#request = { tail: new OutputTail(context.log), context, resolve, reject };
      this.#channel.hold(true);
      this.#channel.send(message);
    });
    this.#settled = Promise.allSettled([answer]).then(() => this.#channel.hold(false));
    return answer;
  }

  /**
   * Ends a call in three steps: the abort message, the rest of the grace for the runner to end by itself, then force.
   */
  async #stop(reason: unknown, { log, leftRunning }: RunnerContext): Promise<void> {
    this.#alive = false;
    const message = isError(reason) ? reason.message : 'aborted';
    this.#channel.send({ type: 'abort', message });
    await this.#endProcesses();
    const left = await this.#end(0);
    if (left.length === 0) return;
    log('stderr', leftText(left));
    leftRunning?.(left);
  }

  /**
   * Ends the runner's processes until the runner has settled or the grace is over. It repeats, because a runner that
   * was stopped early may start processes after the first search.
   */
  async #endProcesses(): Promise<void> {
    const over = performance.now() + this.#graceMs;
    const settled = this.#settled.then(() => 'settled' as const);
    for (;;) {
      const leftMs = Math.max(0, over - performance.now());
      await terminateTree(this.#channel.tree, { graceMs: leftMs });
      const restMs = Math.min(lookMs, over - performance.now());
      if (restMs <= 0) return;
      const rest = sleep(restMs, undefined, { ref: false });
      if ((await Promise.race([settled, rest])) === 'settled') return;
    }
  }

  #hear(raw: unknown): void {
    const message = fromWorkerSchema.safeParse(raw);
    if (message.success && this.#request) this.#take(message.data, this.#request);
  }

  #take(message: FromWorker, request: Request): void {
    switch (message.type) {
      case 'log':
        request.tail.write(message.stream, message.text);
        break;
      case 'progress':
        request.context.progress({ fraction: message.fraction, message: message.message });
        break;
      case 'result':
        this.#request = null;
        request.resolve(message.value);
        break;
      case 'failed':
        this.#request = null;
        request.reject(runnerError(this.#runner, message, request.tail.lines()));
        break;
      default:
        message satisfies never;
    }
  }

  async #lose(failure: RunnerFailure): Promise<void> {
    this.#alive = false;
    const request = this.#request;
    this.#request = null;
    // What the worker started must not outlive it. Only after that may the job run again.
    const left = await terminateTree(this.#channel.tree, { graceMs: this.#graceMs });
    if (left.length > 0) {
      request?.tail.write('stderr', leftText(left));
      request?.context.leftRunning?.(left);
    }
    request?.reject(runnerError(this.#runner, failure, request.tail.lines()));
  }
}
