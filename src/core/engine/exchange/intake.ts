/**
 * Takes entries that other brokers send here: the files of an entry first, in any order, then its manifest. The manifest is the
 * commit: before it nothing is visible, and after it the entry is durable. Files that came are kept for a while, so a sender that
 * was interrupted sends only what is missing. They are gone when this process ends.
 */
import { CabError } from '../../model/errors.ts';
import { isEntryPath } from '../../model/entry/entry-path.ts';
import { formatKey, type EntryKey } from '../../model/entry/key.ts';
import type { EntryStore, FoundEntry } from '../../ports/entry-store.ts';
import type { ArrivingFile, Workspace } from '../../ports/workspace.ts';
import { arrivedManifest, type ArrivedManifest } from '../../publication/arrived-manifest.ts';
import { bytesOf } from '../../hashing/manifest-seal.ts';
import { KeyedMutex } from '../../../support/keyed-mutex.ts';
import { Arriving } from './arriving.ts';

export interface IntakeOptions {
  readonly entries: EntryStore;
  readonly workspace: Workspace;
  readonly manifestName: string;
  /** Bytes of all files of an entry together. */
  readonly mostBytes: number;
}

/** `stands`: this very entry was there already. */
export interface TakenEntry {
  readonly outcome: 'published' | 'stands';
  readonly entry: FoundEntry;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #arriving: Arriving;
  readonly #turns = new KeyedMutex();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#arriving = new Arriving(() => options.workspace.arrive());
  }

  /**
   * Keeps a file of an entry until its manifest comes. Two senders of one key do not disturb each other: files are kept by digest.
   * @throws CabError entry_exists, invalid_request, body_too_large, server_busy, no_space, io_error, root_unwritable
   */
  async file(
    key: EntryKey,
    path: string,
    file: ArrivingFile,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const { mostBytes, entries } = this.#options;
    if (!isEntryPath(path)) throw invalid('path', `${JSON.stringify(path)} is no safe path`);
    const standing = await entries.claimHit(key, signal);
    if (standing !== undefined) throw exists(standing);
    await this.#arriving.during(key, file.size, mostBytes, async (arrival) => {
      if (arrival.has(file.sha256)) return false;
      const outcome = await arrival.keep(file, bytes, signal);
      if (outcome !== 'kept') throw invalid('body', `${path}: ${problems[outcome]}`);
      return true;
    });
  }

  /**
   * Publishes the entry of a manifest whose files have come.
   * @throws CabError entry_exists, invalid_request, files_missing, server_busy, no_space, io_error, root_unwritable
   */
  async manifest(key: EntryKey, bytes: Uint8Array, signal: AbortSignal): Promise<TakenEntry> {
    const { manifestName, mostBytes } = this.#options;
    const arrived = arrivedManifest(bytes, { key, manifestName, mostBytes });
    if (typeof arrived === 'string') throw invalid('manifest', arrived);
    return this.#turns.take(formatKey(key), () => this.#commit(key, arrived, bytes, signal));
  }

  /** Removes the files of entries whose manifest has not come. */
  close(): Promise<void> {
    return this.#arriving.close();
  }

  async #commit(
    key: EntryKey,
    { manifest, artifact, files }: ArrivedManifest,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<TakenEntry> {
    const { entries, manifestName } = this.#options;
    const standing = await entries.claimHit(key, signal);
    if (standing !== undefined) return taken('stands', standing, bytes);
    const arrival = this.#arriving.get(key);
    const missing = files.filter(({ sha256 }) => arrival?.has(sha256) !== true);
    if (arrival === undefined || missing.length > 0) throw missingFiles(key, missing);
    this.#arriving.ended(key);
    try {
      const arrivedEntry = { key, manifestName, manifest, artifact, files, bytes };
      const staged = await arrival.finish(arrivedEntry);
      const { outcome, entry } = await entries.publish(staged, signal);
      return taken(outcome === 'kept' ? 'stands' : 'published', entry, bytes);
    } finally {
      await arrival.discard();
    }
  }
}

/** An entry with other bytes than those that were sent is told, and stays. */
function taken(outcome: TakenEntry['outcome'], entry: FoundEntry, bytes: Uint8Array): TakenEntry {
  if (outcome === 'stands' && !bytesOf(entry.manifest).equals(bytes)) throw exists(entry);
  return { outcome, entry };
}

const problems = {
  'too long': 'more bytes came than Content-Length says',
  'too short': 'fewer bytes came than Content-Length says',
  'other bytes': 'the bytes do not match Repr-Digest',
} as const;

const invalid = (field: string, problem: string): CabError =>
  new CabError('invalid_request', `${field}: ${problem}`, { details: { field } });

const exists = ({ key, manifest: { artifact } }: FoundEntry): CabError =>
  new CabError('entry_exists', `another entry stands at ${formatKey(key)}`, {
    details: { ...key, etag: artifact.sha256 },
  });

/** Names that many at a time, so that an answer stays small. */
const mostListed = 1000;

const missingFiles = (
  key: EntryKey,
  missing: readonly { readonly path: string; readonly sha256: string }[],
): CabError =>
  new CabError('files_missing', `${missing.length} files of ${formatKey(key)} have not come`, {
    details: {
      count: missing.length,
      files: missing.slice(0, mostListed).map(({ path, sha256 }) => ({ path, sha256 })),
    },
  });
