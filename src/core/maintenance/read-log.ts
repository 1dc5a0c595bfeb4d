/** What was handed out lately, on its way to the ledger: so that a collection knows what nobody reads any more. */
import { existsSync } from 'node:fs';
import type { Layout } from '../../stores/local/layout.ts';
import { CabError, errnoOf } from '../model/errors.ts';
import { formatKey, type EntryKey } from '../model/key.ts';
import type { Ledger, Read } from './ledger.ts';

const flushMs = 5000;

/** Entries that wait to be written; a burst of more is written at once. */
const mostWaiting = 10_000;
const rowsAtATime = 500;

export class ReadLog {
  readonly #layout: Layout;
  #waiting = new Map<string, Read>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #ledger: Ledger | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** A matter of a microsecond: nothing is written here. */
  record(key: EntryKey): void {
    this.#waiting.set(formatKey(key), { key, at: Date.now() });
    if (this.#waiting.size >= mostWaiting) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), flushMs).unref();
  }

  /** Writes what waits. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#flush();
    await this.#flushing;
    await this.#ledger?.close();
    this.#ledger = undefined;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const reads = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#flushing = this.#flushing.then(() => this.#write(reads));
  }

  /** A ledger that cannot be written, or no descriptor left to load it with, costs a collection some knowledge, and no reader anything. */
  async #write(reads: readonly Read[]): Promise<void> {
    // Reading makes nothing in a tree that no cab has worked on.
    if (!existsSync(this.#layout.private)) return;
    try {
      const { Ledger: Loaded } = await import('./ledger.ts');
      this.#ledger ??= await Loaded.open(this.#layout.ledger);
      for (let at = 0; at < reads.length; at += rowsAtATime)
        await this.#ledger.rememberReads(reads.slice(at, at + rowsAtATime));
    } catch (error) {
      if (!(error instanceof CabError) && errnoOf(error) === undefined) throw error;
    }
  }
}
