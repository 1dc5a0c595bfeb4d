/**
 * The short road of a small result. One flush of the job store, which many jobs share, makes it durable; files are flushed later,
 * together. A crash of the process and a loss of power leave:
 *
 *   keep       the entry goes into the job store, durable     before it: the job runs again
 *   publish    files are written and renamed                  the row writes them again and ends the job
 *   advance    the pointer is written                         the same
 *   conclude   the job is done; not flushed                   the same; if it is kept, the row only flushes
 *   flush      entries and pointers are flushed               the same
 *   drop       the row goes; flushed, with `conclude`         flushed once more
 *
 * Nobody is told `done` before `conclude`, so files stand when a job is done. Rows of a process that died are taken up by
 * publication/left-entries.ts. docs/adr/0029-the-short-road.md has the states in full.
 */
import type { JobResult, RunningJob } from '../../../model/job/job.ts';
import { defaultInlineBytes } from '../../../model/entry/light-weight.ts';
import type { FoundEntry } from '../../../ports/entry-store.ts';
import type { JobStore } from '../../../ports/jobs/job-store.ts';
import type { UnwrittenEntries } from '../../../ports/jobs/unwritten-entries.ts';
import type { LightEntry } from '../../../ports/made-entry.ts';
import type { LightEntries } from '../../../ports/light-entries.ts';
import type { PointerStore } from '../../../ports/pointer-store.ts';
import { advance, orTell, reconcile } from '../../../publication/track-pointer.ts';
import { writeLeft } from '../../../publication/left-entries.ts';
import { resultOf } from '../../../publication/hits.ts';
import type { Logger } from '../../../../support/logger.ts';
import { failpoint } from '../../../../support/failpoints.ts';
import { persistently } from './persistently.ts';
import type { Publisher } from './publisher.ts';
import { Unflushed, type Placed } from './unflushed.ts';

export interface ShortRoadOptions {
  readonly store: JobStore;
  readonly light: LightEntries;
  readonly publisher: Publisher;
  readonly pointers: PointerStore;
  readonly logger: Logger;
  /** The most that all files of a small result weigh together, by `weightOf`; 4 MiB at most, 256 KiB by default. 0: none is small. */
  readonly inlineBytes?: number | undefined;
}

export class ShortRoad {
  readonly #options: ShortRoadOptions;
  readonly #unwritten: UnwrittenEntries;
  readonly #unflushed: Unflushed;
  readonly #weight: number;
  /** False while a row of an earlier boot is left: the mark of the root must go on to say so. */
  #isClear = false;

  private constructor(options: ShortRoadOptions, unwritten: UnwrittenEntries) {
    this.#options = options;
    this.#unwritten = unwritten;
    this.#unflushed = new Unflushed({ ...options, unwritten });
    this.#weight = options.inlineBytes ?? defaultInlineBytes;
  }

  /** Undefined if the stores of a root have none. */
  static on(
    options: Omit<ShortRoadOptions, 'light'> & { readonly light?: LightEntries | undefined },
  ): ShortRoad | undefined {
    const { light } = options;
    const { unwritten } = options.store;
    return light && unwritten && new ShortRoad({ ...options, light }, unwritten);
  }

  /** How much a result may weigh to go this road now; undefined: it may not. */
  get takes(): number | undefined {
    return this.#weight > 0 && this.#isClear && !this.#unflushed.isFull ? this.#weight : undefined;
  }

  /** Takes up what dead processes left. Throws what the stores throw. */
  async clearUp(): Promise<void> {
    if (!(await this.#unwritten.isAnyLeft())) {
      this.#isClear ||= await this.#unwritten.isOfThisBoot();
      if (this.#isClear) return;
    }
    const { store, light, pointers, logger } = this.#options;
    try {
      await writeLeft({ unwritten: this.#unwritten, store, light, pointers, logger });
    } finally {
      this.#isClear = await this.#unwritten.isOfThisBoot();
    }
  }

  /** The row; undefined if the attempt lost its job. Throws what the job store throws. */
  keep(job: RunningJob, entry: LightEntry, patienceMs: number): Promise<number | undefined> {
    return this.#unwritten.keep(job, entry, patienceMs);
  }

  /**
   * Ends a job whose entry is kept in `row`. Gives its result, or undefined if the attempt lost its job meanwhile. If it throws,
   * the caller settles the job in another way.
   */
  async finish(
    job: RunningJob,
    row: number,
    entry: LightEntry,
    inTurn: (work: () => Promise<void>) => Promise<void>,
  ): Promise<JobResult | undefined> {
    const size = entry.files.reduce((sum, { bytes }) => sum + bytes.length, 0);
    let result: JobResult | undefined;
    try {
      const published = await this.#options.publisher.publishLight(entry);
      failpoint('road.placed');
      await inTurn(async () => {
        result = await this.#conclude(job, { row, size }, published.entry);
      });
      return result;
    } catch (error) {
      // Its entry may stand by now, so the row goes like all others, once the entry is flushed.
      this.#unflushed.add({ row, size, job_id: null, key: entry.key, track_id: null });
      throw error;
    }
  }

  async #conclude(
    job: RunningJob,
    kept: Pick<Placed, 'row' | 'size'>,
    standing: FoundEntry,
  ): Promise<JobResult | undefined> {
    const { pointers, store, logger } = this.#options;
    const { track_id } = job.spec;
    const result = resultOf(standing);
    if (track_id !== null) await advance(track_id, job.id, result, pointers, store, false);
    const isEnded = await persistently(`job ${job.id}`, () =>
      this.#unwritten.conclude(job, result),
    );
    failpoint('road.concluded');
    this.#unflushed.add({ ...kept, job_id: job.id, key: standing.key, track_id });
    // The note in `trailing` stays until the pointer is flushed, so a pointer that cannot be written now is corrected then.
    if (track_id !== null)
      await orTell(track_id, { logger, job_id: job.id }, () =>
        reconcile(track_id, pointers, store, false),
      );
    return isEnded ? result : undefined;
  }

  /** Leaves no row, unless flushing fails. Never rejects: what stays is taken up by the next process. */
  async close(): Promise<void> {
    await this.#unflushed.close();
    try {
      await this.#unwritten.release();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'rows of entries are left in the job store');
    }
  }
}
