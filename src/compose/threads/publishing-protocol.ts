/** Messages between publishing-thread.ts and its thread. They are sent in batches, because a message costs more than its content. */
import type { Publication } from '../../core/ports/entry-store.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { StagedEntry } from '../../core/ports/workspace.ts';
import type { PackedError } from '../../support/thread/packed-error.ts';
import type { LightEntry } from '../../core/ports/made-entry.ts';
import type { FinishedRun, GatheredEntry } from '../../core/engine/attempt/outcome/gather.ts';

/** `stop` aborts the request `id`, and has no answer of its own. */
export type Task =
  | { readonly type: 'stop'; readonly reason: PackedError }
  | { readonly type: 'gather'; readonly run: FinishedRun }
  | { readonly type: 'publish'; readonly staged: StagedEntry }
  | { readonly type: 'publish light'; readonly entry: LightEntry }
  | { readonly type: 'flush'; readonly keys: readonly EntryKey[] };

export type Outcome =
  | { readonly type: 'gathered'; readonly gathered: GatheredEntry }
  | { readonly type: 'published'; readonly publication: Publication }
  | { readonly type: 'flushed' }
  | { readonly type: 'failed'; readonly error: PackedError };

export interface Request {
  readonly id: number;
  readonly task: Task;
}

/** In the order of completion. */
export interface Answer {
  readonly id: number;
  readonly outcome: Outcome;
}

/** Sends what is added within some milliseconds as one message. */
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
