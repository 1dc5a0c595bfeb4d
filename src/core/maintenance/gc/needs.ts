/**
 * The set of entries that must stay. It is read in this order: jobs that are not ended, pins, pointers, results of tracks. Each
 * step covers what the earlier ones could miss: a job that ends after it was read stays in the set, and a job that ended before
 * has already written its pointer and history. Later jobs are added as they arrive.
 */
import { basename } from 'node:path';
import { formatKey } from '../../model/entry/key.ts';
import type { UnreadablePointer } from '../../model/entry/pointer.ts';
import type { PinStore } from '../../ports/maintenance/pin-store.ts';
import type { PointedAt, PointerInventory } from '../../ports/maintenance/pointer-inventory.ts';
import type { JobCollection, Reliances } from '../../ports/jobs/retention.ts';
import type { Pace } from '../../../support/time/pace.ts';
import type { GcPolicy, Need } from './policy.ts';

export class Needs {
  readonly #jobs = new Map<string, string>();
  readonly #pins = new Set<string>();
  readonly #pointers = new Map<string, string>();
  readonly #results = new Map<string, { readonly track_id: string; readonly rank: number }>();
  readonly #left = new Map<string, string>();
  /** File names, not paths: a job records the place of the root at its acceptance, and a root may be moved. */
  readonly #inputs = new Set<string>();
  /** Keys that an unreadable pointer could mean, with the name of its file. */
  readonly #meant = new Map<string, string>();
  /** Tracks that need nothing, because they got no result for long. */
  readonly stale = new Set<string>();
  /** Pointers that cannot be read. */
  readonly unclear: UnreadablePointer[] = [];
  /** True if a pointer does not even give its key: it may lead to any entry. */
  isBlind = false;
  /** The known jobs are those that were accepted up to this moment. */
  upTo = 0;

  /** `key`: as `formatKey` makes it. */
  of(key: string): Need | undefined {
    const job_id = this.#jobs.get(key);
    if (job_id !== undefined) return { by: 'job', job_id };
    if (this.#pins.has(key)) return { by: 'pin' };
    const track_id = this.#pointers.get(key);
    if (track_id !== undefined) return { by: 'pointer', track_id };
    const file = this.#meant.get(key);
    if (file !== undefined) return { by: 'unclear', file };
    const result = this.#results.get(key);
    if (result !== undefined) return { by: 'latest', ...result };
    const left = this.#left.get(key);
    return left === undefined ? undefined : { by: 'left', track_id: left };
  }

  addJobs({ of, upTo }: Reliances): void {
    for (const reliance of of) {
      this.#jobs.set(formatKey(reliance), reliance.job_id);
      for (const place of reliance.kept) this.addInput(place);
    }
    this.upTo = upTo;
  }

  addInput(path: string): void {
    this.#inputs.add(basename(path));
  }

  hasInput(path: string): boolean {
    return this.#inputs.has(basename(path));
  }

  async addPins(pins: PinStore): Promise<void> {
    for (const key of await pins.list()) this.#pins.add(formatKey(key));
  }

  /** Throws store_unreadable if the pointers cannot be listed. */
  async addPointers(pointers: PointerInventory, pace: Pace): Promise<void> {
    await pace.each(pointers.targets(), (targets) => {
      for (const target of targets)
        if (target.kind === 'unclear') this.#addUnclear(target);
        else if (!this.stale.has(target.track_id))
          this.#pointers.set(formatKey(target.key), target.track_id);
    });
  }

  #addUnclear({ file, keys, error }: Extract<PointedAt, { kind: 'unclear' }>): void {
    this.unclear.push({ file: `echo/index/${file}`, error: error.message });
    this.isBlind ||= keys.length === 0;
    for (const key of keys) this.#meant.set(formatKey(key), file);
  }

  async addResults(
    store: JobCollection,
    { keepLast, settleMs }: GcPolicy,
    now: number,
    pace: Pace,
  ): Promise<void> {
    const moment = new Date(now - settleMs).toISOString();
    for await (const page of store.trackResults(keepLast)) {
      for (const { track_id, rank, left_at, ...key } of page) {
        if (this.stale.has(track_id)) continue;
        if (left_at === null) this.#results.set(formatKey(key), { track_id, rank });
        else if (left_at > moment) this.#left.set(formatKey(key), track_id);
      }
      if (pace.isDue) await pace.rest();
    }
  }
}
