import type { BigIntStats } from 'node:fs';
import { fingerprintOf } from '../../core/hashing/fingerprint.ts';

export interface SettlingOptions {
  /** Milliseconds. */
  readonly settleMs: number;
  /** The file's current `stat`; undefined if it is gone or no longer counts. */
  readonly look: (path: string) => Promise<BigIntStats | undefined>;
  /** Called if the file held still. */
  readonly onStill: (path: string, fingerprint: string) => void;
  readonly onGone: (path: string) => void;
  readonly onError: (error: unknown) => void;
}

interface Candidate {
  readonly fingerprint: string;
  /** By the monotonic clock. */
  readonly since: number;
}

/**
 * Files that may still be written. A file counts as still if two looks, `settleMs` apart, find it the same. Every
 * change in between restarts the time.
 */
export class Settling {
  readonly #options: SettlingOptions;
  /** In the order in which they are due, because all wait equally long. */
  readonly #candidates = new Map<string, Candidate>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #closed = false;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  add(path: string, stats: BigIntStats): void {
    if (this.#closed) return;
    this.#candidates.delete(path);
    this.#candidates.set(path, { fingerprint: fingerprintOf(stats), since: performance.now() });
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#looking !== undefined || this.#closed) return;
    const [first] = this.#candidates.values();
    if (first === undefined) return;
    const due = first.since + this.#options.settleMs - performance.now();
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#looking = this.#lookAtDue()
          .catch((error: unknown) => this.#options.onError(error))
          .finally(() => {
            this.#looking = undefined;
            this.#schedule();
          });
      },
      Math.max(0, due),
    );
  }

  async #lookAtDue(): Promise<void> {
    for (const [path, candidate] of this.#candidates) {
      if (this.#closed || performance.now() - candidate.since < this.#options.settleMs) return;
      const stats = await this.#options.look(path);
      if (stats !== undefined && fingerprintOf(stats) !== candidate.fingerprint) {
        this.add(path, stats);
        continue;
      }
      this.#candidates.delete(path);
      if (stats === undefined) this.#options.onGone(path);
      else this.#options.onStill(path, candidate.fingerprint);
    }
  }
}
