import type { Readable } from 'node:stream';
import type { EntryKey } from '../model/key.ts';
import type { Manifest } from '../model/manifest.ts';
import type { StagedEntry } from './workspace.ts';

/** What files are called in a store whose manifests do not say it. */
export interface FileNames {
  /** Null: as the reference broker calls it. */
  readonly artifactName: string | null;
  readonly manifestName: string;
}

/**
 * What became of a publication: `published` (the place was free), `kept` (a sound entry stood there and
 * wins; the new bytes were dropped), `replaced` (a corrupt one stood there and is in quarantine now).
 */
export type PublicationOutcome = 'published' | 'kept' | 'replaced';

export interface Publication {
  readonly outcome: PublicationOutcome;
  /** What stands now. */
  readonly entry: FoundEntry;
}

/** An entry that is there as a whole; says nothing yet of its bytes. */
export interface FoundEntry {
  readonly key: EntryKey;
  readonly manifest: Manifest;
  readonly artifact: string;
  readonly manifestName: string;
}

export interface SourceKeys {
  readonly keys: readonly EntryKey[];
  /** False where there may be more. */
  readonly isWhole: boolean;
}

export interface HeldEntry {
  readonly entry: FoundEntry | undefined;
  /** Whether the entry still says the same. To be asked each time; undefined if only reading tells. */
  readonly isCurrent: (() => boolean) | undefined;
}

/** Bytes that stay in memory, and may be used again for as long as they can be told to stand. */
export interface HeldFile {
  readonly bytes: Buffer;
  /** Whether opening the file now would give the same bytes. To be asked each time before they are used. Does not itself keep them. */
  readonly isCurrent: () => boolean;
}

/** A file of an entry, opened and checked. */
export interface OpenedFile {
  readonly name: string;
  /** Absolute path where the store is a directory of this machine, else null. */
  readonly path: string | null;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, hex, unquoted. */
  readonly etag: string;
  readonly contentType: string;
  /** The same bytes to be used again later, where the store can tell that they still are what it holds. */
  readonly held?: HeldFile | undefined;
  /**
   * Reads [start, end) from the very descriptor that was checked; may be called once. Closes it at the end. The last piece
   * comes only if the bytes of the whole file match `etag`, or, for a part, if nothing says that the file was changed;
   * else the stream fails with hash_mismatch.
   */
  stream(range?: { start: number; end: number }): Readable;
  /** Idempotent; needed where `stream` is not called. */
  close(): Promise<void>;
}

/**
 * Keeps entries: immutable, whole or absent, never handed out with bytes that do not match their manifest.
 * Implementations join by passing test/contract/entry-store.ts.
 */
export interface EntryStore {
  /**
   * Makes an entry visible that was staged in the workspace of this store, and may take its directory: all of it or nothing, durable on return, even if the machine dies after.
   * May be called by two workers for one key at once; exactly one `published` comes of it.
   * Never replaces a sound entry. On failure (`no_space`, `io_error`, `root_unwritable`; `runner_result_invalid` if a file
   * was not finished; the signal's reason while a standing entry is checked) nothing is visible.
   */
  publish(entry: StagedEntry, signal?: AbortSignal): Promise<Publication>;

  /** The entry if it is there whole: every file named, at its size. Throws manifest_invalid for one that cannot be parsed. */
  find(key: EntryKey): Promise<FoundEntry | undefined>;

  /** As `find`, but also where files are missing or of another size: for readers, whom `open` tells the difference. */
  locate(key: EntryKey): Promise<FoundEntry | undefined>;

  /** As `locate`, with a way to tell later whether it would give the same, if there is one. */
  hold(key: EntryKey): Promise<HeldEntry>;

  /**
   * As `find`, for a job that will rely on the entry: hashes it unless this process did so and nothing
   * changed since, and freshens it, so that a garbage collection at the same time leaves it. A corrupt,
   * incomplete or unreadable-manifest entry counts as absent. Hashing ends with the signal's reason.
   */
  claimHit(key: EntryKey, signal?: AbortSignal): Promise<FoundEntry | undefined>;

  /**
   * Whether something stands in the entry's place. Synchronous, for a job store asks it within the transaction
   * that accepts a hit: from then on a collection sees the job, and leaves its entry.
   */
  holds(key: EntryKey): boolean;

  /**
   * Opens a file of the entry: the artifact (where no name is given), the manifest, or one of `files`. Its digest was known in this
   * process and neither inode, size, mtime nor ctime changed since; else the bytes are hashed now.
   * Throws not_found, hash_mismatch, manifest_invalid; the signal's reason while it hashes.
   */
  open(key: EntryKey, name?: string, signal?: AbortSignal): Promise<OpenedFile>;

  /** Where a file of an entry lies, for people and `artifact_path`: an absolute path, if the store is a directory of this machine. Looks at nothing. */
  place(key: EntryKey, name: string): string;

  /**
   * Keys of entries under one source, the last used first: `most.keys` of them, found in `most.configurations` configurations
   * of the store, so that a search ends soon in a large store too.
   */
  keysOfSource(
    source_hash: string,
    most: { readonly configurations: number; readonly keys: number },
  ): Promise<SourceKeys>;

  /** Lets go of what it holds. Idempotent. */
  close(): Promise<void>;
}
