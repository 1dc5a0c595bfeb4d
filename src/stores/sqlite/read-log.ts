/**
 * Notes which entries are read, and writes that to the ledger some seconds later. It shows garbage collection which
 * entries nobody reads.
 */
import { existsSync } from 'node:fs';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../core/model/key.ts';
import type { Ledger, Read } from '../../core/ports/ledger.ts';

/** Absolute paths: the ledger, and the directory that exists only in a root in which cab works. */
export interface LedgerPlace {
  readonly private: string;
  readonly ledger: string;
}

const flushMs = 5000;

/** Entries that may wait to be written. When there are this many, they are written at once. */
const mostWaiting = 10_000;
const rowsAtATime = 500;

export class ReadLog {
  readonly #place: LedgerPlace;
  #waiting = new Map<string, Read>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #ledger: Ledger | undefined;

  constructor(place: LedgerPlace) {
    this.#place = place;
  }

  /** Takes about a microsecond, because nothing is written here. */
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

  /**
   * If the ledger cannot be written, or no descriptor is left to load it, garbage collection knows less,
   * and no reader fails.
   */
  async #write(reads: readonly Read[]): Promise<void> {
    // Reading creates no file in a tree that cab never worked in.
    if (!existsSync(this.#place.private)) return;
    try {
      const { SqliteLedger } = await import('./ledger.ts');
      this.#ledger ??= await SqliteLedger.open(this.#place.ledger);
      for (let at = 0; at < reads.length; at += rowsAtATime)
        await this.#ledger.rememberReads(reads.slice(at, at + rowsAtATime));
    } catch (error) {
      if (!(error instanceof CabError) && errnoOf(error) === undefined) throw error;
    }
  }
}
