import { CabError } from '../../core/model/errors.ts';
import type { PointerFile, TrackTarget } from '../../core/model/entry/pointer.ts';
import { trackFileName } from '../../core/model/entry/track-name.ts';
import type { Held, ListedPointer, PointerStore } from '../../core/ports/pointer-store.ts';
import type { StoredPointers } from './memory-root.ts';

/** Pointers in memory. They are lost when the process ends. */
export class MemoryPointerStore implements PointerStore {
  readonly #pointers: StoredPointers;

  constructor(pointers: StoredPointers = new Map()) {
    this.#pointers = pointers;
  }

  async read(track_id: string): Promise<PointerFile | undefined> {
    const found = this.#pointers.get(fileOf(track_id));
    if (found instanceof CabError) throw found;
    return found;
  }

  async hold(track_id: string): Promise<Held<PointerFile> | undefined> {
    const pointer = await this.read(track_id);
    const file = fileOf(track_id);
    return pointer && { pointer, isCurrent: () => this.#pointers.get(file) === pointer };
  }

  async write(target: TrackTarget): Promise<void> {
    this.#pointers.set(fileOf(target.track_id), { ...target, isCurrentForm: true });
  }

  async remove(track_id: string): Promise<boolean> {
    const isThere = (await this.read(track_id)) !== undefined;
    return isThere && this.#pointers.delete(fileOf(track_id));
  }

  async confirm(track_id: string): Promise<void> {
    trackFileName(track_id);
  }

  async *list(): AsyncIterable<ListedPointer> {
    const all = [...this.#pointers].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [file, found] of all)
      yield found instanceof CabError ? { file, error: found } : { file, pointer: found };
  }
}

/** @throws CabError unsafe_track */
const fileOf = (track_id: string): string => `${trackFileName(track_id)}.json`;
