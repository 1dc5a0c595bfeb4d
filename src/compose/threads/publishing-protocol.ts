/** What is said between publishing-thread.ts and its thread: a batch at a time, for a message costs more than what it carries. */
import type { Publication } from '../../core/ports/entry-store.ts';
import type { StagedEntry } from '../../core/ports/workspace.ts';
import type { PackedError } from '../../support/thread/packed-error.ts';
import type { FinishedRun } from '../../core/engine/attempt/gather.ts';

/** `stop` asks that of `id` to end, and gets no answer of its own. */
export type Task =
  | { readonly type: 'stop'; readonly reason: PackedError }
  | { readonly type: 'gather'; readonly run: FinishedRun }
  | { readonly type: 'publish'; readonly staged: StagedEntry };

export type Outcome =
  | { readonly type: 'gathered'; readonly staged: StagedEntry }
  | { readonly type: 'published'; readonly publication: Publication }
  | { readonly type: 'failed'; readonly error: PackedError };

export interface Request {
  readonly id: number;
  readonly task: Task;
}

/** In the order in which they were done. */
export interface Answer {
  readonly id: number;
  readonly outcome: Outcome;
}

/** Sends as one message what gathers within some milliseconds. */
export class Batch<T> {
  readonly #send: (items: readonly T[]) => void;
  readonly #gatherMs: number;
  #items: T[] = [];

  constructor(send: (items: readonly T[]) => void, gatherMs: number) {
    this.#gatherMs = gatherMs;
    this.#send = send;
  }

  add(item: T): void {
    if (this.#items.push(item) > 1) return;
    setTimeout(() => this.#send(this.#items.splice(0)), this.#gatherMs);
  }
}
