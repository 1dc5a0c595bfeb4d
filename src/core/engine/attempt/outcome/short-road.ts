/**
 * The short road of a small result. One flush of the job store, which many jobs share, makes it durable; files are flushed later,
 * together. A crash of the process and a loss of power leave:
 *
 *   keep       the entry goes into the job store, durable     before it: the job runs again
 *   publish    files are written and renamed                  the row writes them again and ends the job
 *   advance    the pointer is written                         the same
 *   conclude   the job is done; not flushed                   the same; if it is kept, the row only flushes
 *   flush      entries and pointers are flushed               the same
 *   drop       the row goes; not flushed                      flushed once more
 *
 * Nobody is told `done` before `conclude`, so files stand when a job is done. Rows of a process that died are taken up by
 * publication/left-entries.ts. docs/adr/0029-the-short-road.md has the states in full.
 */
import { isCabError } from '../../../model/errors.ts';
import { formatKey, type EntryKey } from '../../../model/entry/key.ts';
import type { JobResult, RunningJob } from '../../../model/job/job.ts';
import type { FoundEntry } from '../../../ports/entry-store.ts';
import type { JobStore } from '../../../ports/jobs/job-store.ts';
import type { UnwrittenEntries, Written } from '../../../ports/jobs/unwritten-entries.ts';
import type { LightEntry } from '../../../ports/made-entry.ts';
import type { LightEntries } from '../../../ports/light-entries.ts';
import type { PointerStore } from '../../../ports/pointer-store.ts';
import { advance, reconcile } from '../../../publication/track-pointer.ts';
import { writeLeft } from '../../../publication/left-entries.ts';
import { resultOf } from '../../../publication/hits.ts';
import type { Logger } from '../../../../support/logger.ts';
import { failpoint } from '../../../../support/failpoints.ts';
import { persistently } from './persistently.ts';
import type { Publisher } from './publisher.ts';

export interface ShortRoadOptions {
  readonly store: JobStore;
  readonly light: LightEntries;
  readonly publisher: Publisher;
  readonly pointers: PointerStore;
  readonly logger: Logger;
}

interface Placed extends Written {
  readonly key: EntryKey;
  readonly track_id: string | null;
}

/** The most bytes that all files of a small result have together. */
const mostBytes = 256 << 10;

/** Milliseconds that a row stands, when little else happens. */
const flushAfterMs = 2000;

/** Rows that are flushed together. */
const flushedTogether = 1000;

/** While this many rows wait, results are flushed one by one, so that a slow disk bounds the table. */
const mostWaiting = 4000;

export class ShortRoad {
  readonly #options: ShortRoadOptions;
  readonly #unwritten: UnwrittenEntries;
  #placed: Placed[] = [];
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #waiting = 0;

  private constructor(options: ShortRoadOptions, unwritten: UnwrittenEntries) {
    this.#options = options;
    this.#unwritten = unwritten;
  }

  /** Undefined if the stores of a root have none. */
  static on(
    options: Omit<ShortRoadOptions, 'light'> & { readonly light?: LightEntries | undefined },
  ): ShortRoad | undefined {
    const { light } = options;
    const { unwritten } = options.store;
    return light && unwritten && new ShortRoad({ ...options, light }, unwritten);
  }

  /** How large a result may be to go this road now, in bytes; undefined: it may not. */
  get takes(): number | undefined {
    return this.#waiting + this.#underWay < mostWaiting ? mostBytes : undefined;
  }

  /** Takes up what dead processes left. Throws what the stores throw. */
  async clearUp(): Promise<void> {
    if (!(await this.#unwritten.isAnyLeft())) return;
    const { store, light, pointers, logger } = this.#options;
    await writeLeft({ unwritten: this.#unwritten, store, light, pointers, logger });
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
    this.#underWay += 1;
    let result: JobResult | undefined;
    try {
      const published = await this.#options.publisher.publishLight(entry);
      failpoint('road.placed');
      await inTurn(async () => {
        result = await this.#conclude(job, row, published.entry);
      });
      return result;
    } catch (error) {
      // Its entry may stand by now, so the row goes like all others, once the entry is flushed.
      this.#note({ row, job_id: job.id, key: entry.key, track_id: null });
      throw error;
    } finally {
      this.#underWay -= 1;
    }
  }

  async #conclude(
    job: RunningJob,
    row: number,
    standing: FoundEntry,
  ): Promise<JobResult | undefined> {
    const { pointers, store } = this.#options;
    const { track_id } = job.spec;
    const result = resultOf(standing);
    if (track_id !== null) await advance(track_id, job.id, result, pointers, store, false);
    const isEnded = await persistently(`job ${job.id}`, () =>
      this.#unwritten.conclude(job, result),
    );
    failpoint('road.concluded');
    this.#note({ row, job_id: job.id, key: standing.key, track_id });
    if (isEnded && track_id !== null) await this.#follow(track_id, job.id);
    return isEnded ? result : undefined;
  }

  /**
   * If this job is the newest of its track, whoever wrote an earlier result over its pointer has not ended that job yet, and
   * follows afterwards. The note in `trailing` stays until the pointer is flushed.
   */
  async #follow(track_id: string, job_id: string): Promise<void> {
    const { pointers, store, logger } = this.#options;
    try {
      const [head] = await store.history(track_id, 1);
      if (head?.job_id !== job_id) await reconcile(track_id, pointers, store);
    } catch (error) {
      if (!isCabError(error)) throw error;
      logger.warn({ job: job_id, err: error }, `the pointer of track ${track_id} trails`);
    }
  }

  #note(placed: Placed): void {
    this.#waiting += 1;
    if (this.#placed.push(placed) >= flushedTogether) void this.#flushSoon();
    else this.#timer ??= setTimeout(() => void this.#flushSoon(), flushAfterMs).unref();
  }

  /** Never rejects: rows whose files could not be flushed stay, and are tried again. */
  #flushSoon(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#flush());
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    const placed = this.#placed.splice(0);
    if (placed.length === 0) return;
    const { publisher, pointers, logger } = this.#options;
    try {
      await publisher.flushLight([
        ...new Map(placed.map(({ key }) => [formatKey(key), key])).values(),
      ]);
      const tracks = new Set(placed.flatMap(({ track_id }) => track_id ?? []));
      for (const track of tracks) await pointers.confirm(track);
      failpoint('road.flushed');
      await this.#unwritten.drop(placed);
      failpoint('road.dropped');
      this.#waiting -= placed.length;
    } catch (error) {
      this.#placed.push(...placed);
      this.#timer ??= setTimeout(() => void this.#flushSoon(), flushAfterMs).unref();
      logger.warn({ err: error }, 'entries could not be flushed; trying again');
    }
  }

  /** Leaves no row, unless flushing fails. Never rejects: what stays is taken up by the next process. */
  async close(): Promise<void> {
    await this.#flushSoon();
    clearTimeout(this.#timer);
    try {
      await this.#unwritten.release();
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'rows of entries are left in the job store');
    }
  }
}
