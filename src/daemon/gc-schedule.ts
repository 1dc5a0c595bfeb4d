/** The daemon's own collections: one after the other, beside its work in one event loop. */
import { isCabError } from '../core/model/errors.ts';
import type { Logger } from '../support/logger.ts';
import { beside, Pace } from '../support/pace.ts';
import type { GcReport } from '../core/model/gc-report.ts';

export interface GcScheduleOptions {
  /** One collection; must reject with the reason of the pace's signal soon after that is aborted. */
  readonly collect: (pace: Pace) => Promise<GcReport>;
  /** Milliseconds from the end of one collection to the start of the next. */
  readonly everyMs: number;
  readonly logger: Logger;
}

/** What a collection came to; undefined where it failed. */
export type CollectionListener = (report: GcReport | undefined) => void;

/** A daemon that is restarted every hour collects all the same. */
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

  /** The first one comes soon. */
  start(): void {
    this.#schedule(Math.min(this.#options.everyMs, firstAfterMs));
  }

  /** A collection under way ends at its next breath; what it has done is sound. */
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

  /** One line in the log, whatever comes of it. Never rejects: the daemon serves on. */
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
