import { CabError, isCabError } from '../../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import { filesOf, type ListedFile } from '../../../core/model/entry/manifest.ts';
import type { EntryCache } from '../../../core/ports/entry-cache.ts';
import type { OpenedFile } from '../../../core/ports/entry-store.ts';
import type { Arrival, Workspace } from '../../../core/ports/workspace.ts';
import { KeyedMutex } from '../../../support/keyed-mutex.ts';
import { untilFailure } from '../../../support/until-failure.ts';
import type { Bucket } from '../connection/bucket.ts';
import { placeOf, type RemoteEntries, type RemoteEntry } from './remote-entries.ts';

/** Files of one entry that are fetched at the same time. */
const together = 8;

const mostFetches = 3;

export interface CachedEntriesOptions {
  readonly bucket: Bucket;
  readonly remote: RemoteEntries;
  readonly cache: EntryCache;
  /** Where entries are put together before they are kept in the cache. */
  readonly workspace: Workspace;
}

/** Entries of a bucket, read through the cache of this machine. Every byte was compared with its manifest. */
export class CachedEntries {
  readonly #options: CachedEntriesOptions;
  readonly #fetching = new KeyedMutex();

  constructor(options: CachedEntriesOptions) {
    this.#options = options;
  }

  /** Throws as `EntryStore.open`. */
  async open(key: EntryKey, name?: string, signal?: AbortSignal): Promise<OpenedFile> {
    const kept = await this.#opened(key, name, signal);
    if (kept !== undefined) return kept;
    return this.#fetching.take(formatKey(key), async () => {
      // Another process may trim the cache, or drop the entry, as soon as it is there.
      for (let tries = 0; tries < mostFetches; tries += 1) {
        // Another caller may have fetched it meanwhile.
        const opened = await this.#opened(key, name, signal);
        if (opened !== undefined) return opened;
        // A part of an entry would stand in the way of the whole.
        await this.#options.cache.drop(key);
        await this.fetch(key, signal);
      }
      return this.#options.cache.entries.open(key, name, signal);
    });
  }

  /** On return the entry is in the cache. @throws CabError not_found, manifest_invalid, hash_mismatch, no_space */
  async fetch(key: EntryKey, signal = new AbortController().signal): Promise<void> {
    const { remote, cache, workspace } = this.#options;
    const found = await remote.locate(key, signal);
    if (found === undefined)
      throw new CabError('not_found', `no entry ${formatKey(key)}`, { details: { ...key } });
    const arrival = await workspace.arrive();
    try {
      await this.#keepAll(found, arrival, signal);
      const files = filesOf(found.manifest, found.artifact);
      await cache.entries.publish(await arrival.finish({ ...found, files }), signal);
      cache.used(key);
    } finally {
      await arrival.discard();
    }
  }

  /** Undefined if it is not in the cache as it should be. */
  async #opened(
    key: EntryKey,
    name: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<OpenedFile | undefined> {
    const { cache } = this.#options;
    try {
      const opened = await cache.entries.open(key, name, signal);
      cache.used(key);
      return { ...opened, path: null };
    } catch (error) {
      if (isCabError(error, 'hash_mismatch', 'manifest_invalid')) return undefined;
      if (!isCabError(error, 'not_found')) throw error;
      // Of a whole entry it is the name that is not there.
      if ((await cache.entries.find(key)) !== undefined) throw error;
      return undefined;
    }
  }

  /** The first failure ends the fetches of the other files as well. */
  async #keepAll(found: RemoteEntry, arrival: Arrival, signal: AbortSignal): Promise<void> {
    const files = filesOf(found.manifest, found.artifact);
    const distinct = new Map(files.map((file) => [file.sha256, file]));
    await untilFailure(distinct.values(), together, signal, (file, either) =>
      this.#keep(found.key, file, arrival, either),
    );
  }

  async #keep(
    key: EntryKey,
    file: ListedFile,
    arrival: Arrival,
    signal: AbortSignal,
  ): Promise<void> {
    const { bucket } = this.#options;
    const place = placeOf(key, file);
    const size = file.size ?? (await bucket.head(place, signal))?.size;
    const described = { sha256: file.sha256, size: size ?? 0 };
    const outcome = await bucket.read(place, signal, (bytes) =>
      arrival.keep(described, bytes, signal),
    );
    if (outcome === 'kept') return;
    if (outcome === undefined)
      throw new CabError('not_found', `${bucket.name}/${place} is not there`, {
        details: { file: place },
      });
    throw new CabError('hash_mismatch', `${bucket.name}/${place}: ${problems[outcome]}`, {
      details: { file: place, expected: file.sha256 },
    });
  }
}

const problems = {
  'too long': 'there are more bytes than its manifest says',
  'too short': 'there are fewer bytes than its manifest says',
  'other bytes': 'the bytes do not match its manifest',
} as const;
