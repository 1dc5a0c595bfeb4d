/** Entries of the short road that stand and are not flushed. They are flushed together, and then leave the job store. */
import type { JobStore } from '../../../ports/jobs/job-store.ts';
import type { UnwrittenEntries, Written } from '../../../ports/jobs/unwritten-entries.ts';
import type { PointerStore } from '../../../ports/pointer-store.ts';
import { flushTogether, type StandingEntry } from '../../../publication/flush-together.ts';
import { failpoint } from '../../../../support/failpoints.ts';
import type { Logger } from '../../../../support/logger.ts';
import type { Publisher } from './publisher.ts';

/** `track_id` is null also if the job has not ended with this entry. */
export interface Placed extends Written, StandingEntry {
  /** Bytes of all its files. */
  readonly size: number;
}

export interface UnflushedOptions {
  readonly unwritten: UnwrittenEntries;
  readonly store: JobStore;
  readonly publisher: Publisher;
  readonly pointers: PointerStore;
  readonly logger: Logger;
}

/** Milliseconds that a row stands, when little else happens. */
const flushAfterMs = 2000;

/** Rows that are flushed together. */
const flushedTogether = 1000;

/** While more waits, results are flushed one by one, so that a slow disk bounds the job store. */
const most = { rows: 4000, bytes: 64 << 20 };

export class Unflushed {
  readonly #options: UnflushedOptions;
  #placed: Placed[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #rows = 0;
  #bytes = 0;

  constructor(options: UnflushedOptions) {
    this.#options = options;
  }

  get isFull(): boolean {
    return this.#rows >= most.rows || this.#bytes >= most.bytes;
  }

  add(placed: Placed): void {
    this.#rows += 1;
    this.#bytes += placed.size;
    if (this.#placed.push(placed) >= flushedTogether) void this.flush();
    else this.#later();
  }

  /** Never rejects: what could not be flushed stays, and is tried again. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(async () => {
      const placed = this.#placed.splice(0);
      if (placed.length === 0 || (await this.#isFlushed(placed))) return;
      // One that cannot be flushed does not hold up the others.
      if (placed.length > 1) for (const one of placed) await this.#isFlushed([one]);
    });
    return this.#flushing;
  }

  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
  }

  #later(): void {
    this.#timer ??= setTimeout(() => void this.flush(), flushAfterMs).unref();
  }

  async #isFlushed(placed: readonly Placed[]): Promise<boolean> {
    const { unwritten, publisher, logger } = this.#options;
    try {
      await flushTogether(placed, {
        ...this.#options,
        entries: {
          flush: (keys) => publisher.flushLight(keys),
          flushAll: () => publisher.flushAll(),
        },
      });
      failpoint('road.flushed');
      await unwritten.drop(placed);
      failpoint('road.dropped');
      for (const { size } of placed) this.#bytes -= size;
      this.#rows -= placed.length;
      return true;
    } catch (error) {
      if (placed.length > 1) return false;
      this.#placed.push(...placed);
      this.#later();
      logger.warn(
        { job: placed[0]?.job_id, err: error },
        'an entry cannot be flushed; trying again',
      );
      return false;
    }
  }
}
