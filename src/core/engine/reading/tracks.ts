import type { EntryStore } from '../../ports/entry-store.ts';
import type { PointerFile } from '../../model/entry/pointer.ts';
import type { Held, PointerStore } from '../../ports/pointer-store.ts';
import { CabError, isCabError } from '../../model/errors.ts';
import {
  pointerTo,
  type Pointer,
  type PointerRecord,
  type TrackList,
} from '../../model/entry/pointer.ts';
import type { LazyJobStore } from '../../ports/jobs/lazy-job-store.ts';
import { resultOf } from '../../publication/hits.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';

/** Pointers that are read at a time, in a millisecond or two. */
const piece = 16;

/**
 * Tracks as readers see them. Artifact and etag come from the entry, not from the pointer: the reference broker rewrites
 * entries in place and leaves old etags in the pointers of other tracks.
 */
export class Tracks {
  readonly #pointers: PointerStore;
  readonly #entries: EntryStore;
  readonly #stores: LazyJobStore;
  readonly #turns: LoopTurns;

  constructor(pointers: PointerStore, entries: EntryStore, stores: LazyJobStore, turns: LoopTurns) {
    this.#pointers = pointers;
    this.#entries = entries;
    this.#stores = stores;
    this.#turns = turns;
  }

  /** @throws CabError not_found, pointer_invalid */
  async hold(track_id: string): Promise<Held<Pointer>> {
    const held = await this.#pointers.hold(track_id);
    if (held === undefined)
      throw new CabError('not_found', `no track ${JSON.stringify(track_id)}`, {
        details: { track_id },
      });
    return this.#resolved(held);
  }

  /**
   * The current pointer and those before it. If the job store does not know the current pointer (the tree of another broker, a
   * new job store), it comes first, without a job.
   */
  async history(track_id: string, limit: number): Promise<readonly PointerRecord[]> {
    const { pointer: current } = await this.hold(track_id);
    const store = await this.#stores.existing();
    const targets = (await store?.history(track_id, limit)) ?? [];
    const records = targets.map(({ job_id, at, ...target }) => ({
      ...pointerTo(track_id, target),
      job_id,
      at,
    }));
    const [head] = records;
    const isKnown =
      head !== undefined &&
      head.config_hash === current.config_hash &&
      head.source_hash === current.source_hash;
    return isKnown ? records : [{ ...current, job_id: '', at: '' }, ...records].slice(0, limit);
  }

  async all(): Promise<TrackList> {
    const tracks: Pointer[] = [];
    const unreadable = [];
    let seen = 0;
    for await (const listed of this.#pointers.list()) {
      if ((seen += 1) % piece === 0) await this.#turns.next();
      if ('error' in listed)
        unreadable.push({ file: `echo/index/${listed.file}`, error: listed.error.message });
      else {
        const { pointer } = await this.#resolved({ pointer: listed.pointer, isCurrent: undefined });
        tracks.push(pointer);
      }
    }
    // The list is in the order of file names. That order differs from the order of ids if one id begins with another.
    tracks.sort((a, b) => (a.track_id < b.track_id ? -1 : 1));
    return { tracks, unreadable };
  }

  async #resolved({ pointer, isCurrent }: Held<PointerFile>): Promise<Held<Pointer>> {
    const { track_id, config_hash, source_hash } = pointer;
    const { entry, isCurrent: isEntryCurrent } = await this.#entryOf({ config_hash, source_hash });
    // If the pointer leads to no entry or a damaged one, the error is left to the code that reads the entry.
    const target = entry === undefined ? { ...pointer, etag: pointer.etag ?? '' } : resultOf(entry);
    return {
      pointer: pointerTo(track_id, target),
      isCurrent: isCurrent && isEntryCurrent ? () => isCurrent() && isEntryCurrent() : undefined,
    };
  }

  async #entryOf(key: { config_hash: string; source_hash: string }) {
    try {
      return await this.#entries.hold(key);
    } catch (error) {
      if (!isCabError(error, 'manifest_invalid', 'store_unreadable')) throw error;
      return { entry: undefined, isCurrent: undefined };
    }
  }
}
