import type { Readable } from 'node:stream';
import type { EntryKey } from '../model/entry/key.ts';
import type { Manifest } from '../model/entry/manifest.ts';
import type { StagedEntry } from './workspace.ts';

/** The names of the files of an entry, if the manifest does not give them. */
export interface FileNames {
  /** Null: the name that the reference broker uses. */
  readonly artifactName: string | null;
  readonly manifestName: string;
}

/**
 * The result of a publication. `published`: the place was free, or there were files without a manifest, which may count as no
 * entry. `kept`: a sound entry stood there and stays; the new bytes were dropped. `replaced`: a corrupt entry stood there and is now
 * in quarantine.
 */
export type PublicationOutcome = 'published' | 'kept' | 'replaced';

export interface Publication {
  readonly outcome: PublicationOutcome;
  /** The entry that stands now. */
  readonly entry: FoundEntry;
}

/** An entry with its manifest. The bytes of its files were not checked. */
export interface FoundEntry {
  readonly key: EntryKey;
  readonly manifest: Manifest;
  readonly artifact: string;
  readonly manifestName: string;
}

export interface SourceKeys {
  readonly keys: readonly EntryKey[];
  /** False if there may be more. */
  readonly isWhole: boolean;
}

export interface HeldEntry {
  readonly entry: FoundEntry | undefined;
  /** Whether the entry still says the same. Must be asked before each use; undefined if only reading the entry can tell. */
  readonly isCurrent: (() => boolean) | undefined;
}

/** Bytes that stay in memory. They may be used again for as long as `isCurrent` is true. */
export interface HeldFile {
  readonly bytes: Buffer;
  /** Whether opening the file now would give the same bytes. Must be asked before each use. Does not keep the file. */
  readonly isCurrent: () => boolean;
}

/** A file of an entry, opened and checked. */
export interface OpenedFile {
  readonly name: string;
  /** Absolute path if the store is a directory of this machine, else null. */
  readonly path: string | null;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, hex, unquoted. */
  readonly etag: string;
  readonly contentType: string;
  /** The same bytes for later use, if the store can tell whether they are still current. */
  readonly held?: HeldFile | undefined;
  /**
   * Reads [start, end) from the file descriptor that was checked, and closes it at the end. May be called once. The last piece
   * comes only if the check succeeds: the whole file matches `etag`, or, for a range, the file shows no sign of a change. Else
   * the stream fails with hash_mismatch.
   */
  stream(range?: { start: number; end: number }): Readable;
  /** Idempotent. Must be called if `stream` is not called. */
  close(): Promise<void>;
}

/**
 * Keeps entries. An entry is immutable, and whole or absent. The store never hands out bytes that do not match the manifest.
 * Contract suite: test/contract/entry-store.ts.
 */
export interface EntryStore {
  /**
   * Makes a staged entry visible, whole or not at all. The entry comes from the workspace of this store; the store may take its
   * directory. Durable on return, even if the machine dies afterwards. Two workers may publish one key at once: exactly one
   * gets `published`. Never replaces a sound entry. Nothing is visible if it throws: no_space, io_error, root_unwritable;
   * runner_result_invalid if a file was not finished; the signal's reason if it aborts while a standing entry is checked.
   */
  publish(entry: StagedEntry, signal?: AbortSignal): Promise<Publication>;

  /** The entry, if every file of its manifest is there with its size. Throws manifest_invalid if that cannot be parsed. */
  find(key: EntryKey): Promise<FoundEntry | undefined>;

  /** As `find`, but also gives an entry whose files are missing or have another size. For readers: `open` detects that. */
  locate(key: EntryKey): Promise<FoundEntry | undefined>;

  /** As `locate`, with a way to check later whether the answer is still the same, if there is one. */
  hold(key: EntryKey): Promise<HeldEntry>;

  /**
   * As `find`, for a job that will rely on the entry. Hashes the entry unless this process already hashed it and nothing
   * changed since. Updates the entry's time, so that a garbage collection at the same time keeps it. An entry that is corrupt,
   * incomplete or has an unreadable manifest counts as absent. If the signal aborts, it throws the signal's reason.
   */
  claimHit(key: EntryKey, signal?: AbortSignal): Promise<FoundEntry | undefined>;

  /**
   * Opens a file of the entry: the artifact (if no name is given), the manifest, or one of `files`. Hashes the bytes, unless
   * this process knows the digest and inode, size, mtime and ctime are unchanged since.
   * Throws not_found, hash_mismatch, manifest_invalid; the signal's reason if it aborts during hashing.
   */
  open(key: EntryKey, name?: string, signal?: AbortSignal): Promise<OpenedFile>;

  /**
   * The place of a file of an entry, for people and `artifact_path`: an absolute path if the store is a directory of this
   * machine. Does not look at the store.
   */
  place(key: EntryKey, name: string): string;

  /**
   * Keys of entries with this source hash, the last used first. Returns at most `most.keys` keys and searches at most
   * `most.configurations` configurations, so that it stays fast in a large store.
   */
  keysOfSource(
    source_hash: string,
    most: { readonly configurations: number; readonly keys: number },
  ): Promise<SourceKeys>;

  /** Releases what it holds open. Idempotent. */
  close(): Promise<void>;
}
