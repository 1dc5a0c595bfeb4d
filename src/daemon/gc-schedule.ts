/** The daemon's garbage collection: one run after the other, in the same event loop as its other work. */
import { isCabError } from '../core/model/errors.ts';
import type { Logger } from '../support/logger.ts';
import { beside, Pace } from '../support/time/pace.ts';
import type { GcReport } from '../core/model/report/gc-report.ts';

export interface GcScheduleOptions {
  /** Runs garbage collection once. If the pace's signal is aborted, it must soon reject with the signal's reason. */
  readonly collect: (pace: Pace) => Promise<GcReport>;
  /** Milliseconds from the end of one run to the start of the next. */
  readonly everyMs: number;
  readonly logger: Logger;
}

/** The report of a run; undefined if it failed. */
export type CollectionListener = (report: GcReport | undefined) => void;

/** Milliseconds. It is short, so that a daemon that is restarted every hour also runs garbage collection. */
const firstAfterMs = 60_000;

export class GcSchedule {
  readonly #options: GcScheduleOptions;
  readonly #stopping = new AbortController();
  readonly #listeners: CollectionListener[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: GcScheduleOptions) {
    this.#options = options;
  }

  onEnd(listener: CollectionListener): void {
    this.#listeners.push(listener);
  }

  /** The first run starts soon. */
  start(): void {
    this.#schedule(Math.min(this.#options.everyMs, firstAfterMs));
  }

  /** A run in progress ends at its next pause. What it has done so far is sound. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stopping.abort();
    await this.#running;
  }

  #schedule(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#collect().then(() => {
        if (!this.#stopping.signal.aborted) this.#schedule(this.#options.everyMs);
      });
    }, ms);
  }

  /** Writes one log line for each run. Never rejects, so that the daemon continues after a failure. */
  async #collect(): Promise<void> {
    const { collect, logger } = this.#options;
    try {
      const report = await collect(new Pace(beside, this.#stopping.signal));
      logger.info(figuresOf(report), 'collected garbage');
      this.#tell(report);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const hint = isCabError(error) ? error.hint : undefined;
      logger.error({ err: error, hint }, 'garbage could not be collected');
      this.#tell(undefined);
    }
  }

  #tell(report: GcReport | undefined): void {
    for (const listener of this.#listeners) listener(report);
  }
}

const figuresOf = ({ entries, trash, jobs, unreadable, notes, elapsed_s }: GcReport) => ({
  removed: entries.removed,
  removed_bytes: entries.removed_bytes,
  kept: entries.kept,
  failed: entries.failed,
  deleted: trash.deleted,
  trimmed_jobs: jobs.trimmed,
  elapsed_s,
  ...(unreadable.length > 0 && { unreadable }),
  ...(notes.length > 0 && { notes }),
});
