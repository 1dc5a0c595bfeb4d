/**
 * The entry store in a bucket. publication.ts says how an entry becomes visible. Files are read through a cache on this machine.
 */
import { isDeepStrictEqual } from 'node:util';
import { CabError, isCabError } from '../../../core/model/errors.ts';
import { filesOf } from '../../../core/model/entry/manifest.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import type {
  EntryStore,
  FileNames,
  FoundEntry,
  HeldEntry,
  OpenedFile,
  Publication,
  PublicationOutcome,
  SourceKeys,
} from '../../../core/ports/entry-store.ts';
import type { EntryCache } from '../../../core/ports/entry-cache.ts';
import type { StagedEntry, Workspace } from '../../../core/ports/workspace.ts';
import type { Bucket } from '../connection/bucket.ts';
import { bytesBody } from '../connection/request-body.ts';
import { fileKey, usedKey } from '../object-keys.ts';
import { Quarantine } from '../quarantine.ts';
import { CachedEntries } from './cached-entry.ts';
import { notPublished, send } from './publication.ts';
import { RemoteEntries } from './remote-entries.ts';
import { keysOfSource } from './source-keys.ts';

export interface S3EntryStoreOptions extends FileNames {
  readonly bucket: Bucket;
  readonly cache: EntryCache;
  /** Where fetched entries are put together. */
  readonly workspace: Workspace;
  /** Called for every file that is opened. Must not throw. */
  readonly onRead?: (key: EntryKey) => void;
}

const hasSameFiles = (one: FoundEntry, other: FoundEntry): boolean =>
  isDeepStrictEqual(digestsIn(one), digestsIn(other));

const digestsIn = ({ manifest, artifact }: FoundEntry): [string, string][] =>
  filesOf(manifest, artifact).map(({ path, sha256 }) => [path, sha256]);

/** In each round the place is won, lost to a sound entry, cleared of a corrupt entry, or found gone. */
const rounds = 10;

export class S3EntryStore implements EntryStore {
  readonly #options: S3EntryStoreOptions;
  readonly #remote: RemoteEntries;
  readonly #cached: CachedEntries;
  readonly #quarantine: Quarantine;

  constructor(options: S3EntryStoreOptions) {
    this.#options = options;
    this.#remote = new RemoteEntries(options.bucket, options);
    this.#quarantine = new Quarantine(options.bucket, options.manifestName);
    this.#cached = new CachedEntries({ ...options, remote: this.#remote });
  }

  async publish(staged: StagedEntry, signal?: AbortSignal): Promise<Publication> {
    const { bucket } = this.#options;
    const { key, artifact, manifestName } = staged;
    let outcome: PublicationOutcome = 'published';
    for (let round = 0; round < rounds; round += 1) {
      const standing = await this.#claimed(key, signal);
      if (typeof standing === 'object') return { outcome: 'kept', entry: standing };
      if (standing === 'corrupt' && (await this.#setAside(key, signal))) outcome = 'replaced';
      const sent = await send(staged, bucket, signal);
      if (sent === undefined) continue;
      if (sent.isAsStaged) await this.#keep(staged);
      return { outcome, entry: { key, artifact, manifestName, manifest: sent.manifest } };
    }
    throw notPublished(staged, rounds);
  }

  async find(key: EntryKey): Promise<FoundEntry | undefined> {
    const kept = await this.#kept(key);
    if (kept !== undefined) return kept;
    const found = await this.#remote.locate(key);
    return found !== undefined && (await this.#remote.isWhole(found)) ? found : undefined;
  }

  async locate(key: EntryKey): Promise<FoundEntry | undefined> {
    return (await this.#kept(key)) ?? this.#remote.locate(key);
  }

  async hold(key: EntryKey): Promise<HeldEntry> {
    const held = await this.#options.cache.entries.hold(key);
    if (held.entry !== undefined) return held;
    return { entry: await this.#remote.locate(key), isCurrent: undefined };
  }

  async claimHit(key: EntryKey, signal?: AbortSignal): Promise<FoundEntry | undefined> {
    const claimed = await this.#claimed(key, signal);
    return typeof claimed === 'object' ? claimed : undefined;
  }

  async open(key: EntryKey, name?: string, signal?: AbortSignal): Promise<OpenedFile> {
    const { onRead } = this.#options;
    const opened = await this.#cached.open(key, name, signal);
    onRead?.(key);
    return opened;
  }

  place(key: EntryKey, name: string): string {
    return `${this.#options.bucket.name}/${fileKey(key, name)}`;
  }

  keysOfSource(
    source_hash: string,
    most: { readonly configurations: number; readonly keys: number },
  ): Promise<SourceKeys> {
    return keysOfSource(this.#options, source_hash, most);
  }

  async close(): Promise<void> {
    const { cache, bucket } = this.#options;
    await cache.close();
    await bucket.close();
  }

  /** Two publishers may find the same corrupt entry: the slower one must not move what the faster one has published. */
  async #setAside(key: EntryKey, signal: AbortSignal | undefined): Promise<boolean> {
    const isStill = async () => (await this.#standing(key, signal)) === 'corrupt';
    return (await this.#quarantine.entry(key, undefined, isStill)) !== undefined;
  }

  /** As `#standing`; notes that the entry was relied on. */
  async #claimed(
    key: EntryKey,
    signal: AbortSignal | undefined,
  ): Promise<FoundEntry | 'absent' | 'corrupt'> {
    const standing = await this.#standing(key, signal);
    if (typeof standing !== 'object') return standing;
    const { bucket, cache } = this.#options;
    await bucket.put(usedKey(key), { body: bytesBody(Buffer.alloc(0)) });
    // It was collected since, and another machine has computed it again, perhaps with other bytes.
    const kept = await this.#kept(key);
    if (kept !== undefined && !hasSameFiles(kept, standing)) await cache.drop(key);
    return standing;
  }

  /** Asks the bucket, because the cache may hold what was collected there. */
  async #standing(
    key: EntryKey,
    signal: AbortSignal | undefined,
  ): Promise<FoundEntry | 'absent' | 'corrupt'> {
    try {
      const found = await this.#remote.locate(key, signal);
      if (found === undefined) return 'absent';
      return (await this.#remote.isSound(found, signal)) ? found : 'corrupt';
    } catch (error) {
      if (isCabError(error, 'manifest_invalid')) return 'corrupt';
      throw error;
    }
  }

  async #kept(key: EntryKey): Promise<FoundEntry | undefined> {
    try {
      return await this.#options.cache.entries.find(key);
    } catch (error) {
      if (isCabError(error, 'manifest_invalid')) return undefined;
      throw error;
    }
  }

  /** Of what was just published, so that this machine need not fetch it. The entry stands without it. */
  async #keep(staged: StagedEntry): Promise<void> {
    const { cache } = this.#options;
    try {
      // What lies there is of an entry that is gone.
      await cache.drop(staged.key);
      await cache.entries.publish(staged);
      cache.used(staged.key);
    } catch (error) {
      if (!(error instanceof CabError)) throw error;
    }
  }
}
