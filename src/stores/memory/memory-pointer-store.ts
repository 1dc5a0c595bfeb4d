import type { PointerFile, TrackTarget } from '../../core/model/pointer.ts';
import { trackFileName } from '../../core/model/track-name.ts';
import type { Held, ListedPointer, PointerStore } from '../../core/ports/pointer-store.ts';

/** Pointers of one process, gone with it. */
export class MemoryPointerStore implements PointerStore {
  /** By file name, which refuses what a directory would refuse. */
  readonly #pointers = new Map<string, PointerFile>();

  async read(track_id: string): Promise<PointerFile | undefined> {
    return this.#pointers.get(trackFileName(track_id));
  }

  async hold(track_id: string): Promise<Held<PointerFile> | undefined> {
    const name = trackFileName(track_id);
    const pointer = this.#pointers.get(name);
    return pointer && { pointer, isCurrent: () => this.#pointers.get(name) === pointer };
  }

  async write(target: TrackTarget): Promise<void> {
    this.#pointers.set(trackFileName(target.track_id), { ...target, isCurrentForm: true });
  }

  async confirm(track_id: string): Promise<void> {
    trackFileName(track_id);
  }

  async *list(): AsyncIterable<ListedPointer> {
    const all = [...this.#pointers].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name, pointer] of all) yield { file: `${name}.json`, pointer };
  }
}
