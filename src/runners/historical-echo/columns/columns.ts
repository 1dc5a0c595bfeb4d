import type { ArtifactValue } from '../artifact/artifact-json.ts';
import type { Question } from '../compute.ts';
import { probeColumns } from '../probe.ts';
import type { Spine } from '../spine/spine.ts';
import type { ColumnsOf } from '../thread-messages.ts';
import { ColumnsCache, columnsName } from './columns-cache.ts';
import { ColumnsDamaged } from './columns-file.ts';
import { encodeColumns } from './encode.ts';

/** Answers calls from the columns in the caches of their roots, and keeps new ones there. */
export class Columns {
  readonly #caches = new Map<string, ColumnsCache>();

  /** Undefined if there are no sound columns, or if the probe must look at more songs than `mostSongs`. */
  probe(
    { features, probe, query }: Question,
    of: ColumnsOf | null,
    mostSongs: number,
  ): Record<string, ArtifactValue> | undefined {
    if (of === null) return undefined;
    const name = columnsName(of.database.digest, query);
    const cache = this.#cacheAt(of);
    try {
      const file = cache.find(name);
      return file && probeColumns(features, file, probe, mostSongs);
    } catch (error) {
      if (!(error instanceof ColumnsDamaged)) throw error;
      cache.forget(name);
      return undefined;
    }
  }

  /** False if they cannot be kept. `spine` is what `query` finds in a database with this digest. */
  async keep(spine: Spine, query: Question['query'], of: ColumnsOf): Promise<boolean> {
    const name = columnsName(of.database.digest, query);
    const bytes = encodeColumns(name, spine);
    return bytes !== undefined && this.#cacheAt(of).put(name, bytes);
  }

  close(): void {
    for (const cache of this.#caches.values()) cache.close();
  }

  #cacheAt({ place }: ColumnsOf): ColumnsCache {
    const cache = this.#caches.get(place.cache) ?? new ColumnsCache(place);
    this.#caches.set(place.cache, cache);
    return cache;
  }
}
