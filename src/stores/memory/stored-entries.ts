import { formatKey, type EntryKey } from '../../core/model/key.ts';
import type { FoundEntry } from '../../core/ports/entry-store.ts';
import type { Quarantine } from './quarantine.ts';

export interface EntryContent {
  readonly entry: FoundEntry;
  readonly files: Map<string, Buffer>;
  /** SHA-256 of the manifest's bytes, which contain no digest of themselves. */
  readonly manifestDigest: string;
}

export interface StoredEntry extends EntryContent {
  /** Tells an entry from another entry that takes its place. */
  readonly identity: number;
  /** When it was published or a job last relied on it, in milliseconds of wall time. No two times are the same. */
  readonly modified: number;
}

/** The entries of a root in memory. Several stores may share them, as processes share a directory. */
export class StoredEntries {
  readonly quarantine: Quarantine;
  readonly #entries = new Map<string, StoredEntry>();
  #published = 0;
  #latest = 0;

  constructor(quarantine: Quarantine) {
    this.quarantine = quarantine;
  }

  get(key: EntryKey): StoredEntry | undefined {
    return this.#entries.get(formatKey(key));
  }

  all(): readonly StoredEntry[] {
    return [...this.#entries.values()];
  }

  put(content: EntryContent): void {
    this.#published += 1;
    this.putBack({ ...content, identity: this.#published, modified: this.#now() });
  }

  /** Puts an entry back as it was when it was taken. */
  putBack(stored: StoredEntry): void {
    this.#entries.set(formatKey(stored.entry.key), stored);
  }

  touch(stored: StoredEntry): void {
    this.putBack({ ...stored, modified: this.#now() });
  }

  take(key: EntryKey): StoredEntry | undefined {
    const stored = this.get(key);
    this.#entries.delete(formatKey(key));
    return stored;
  }

  /** Moves an entry to quarantine and gives its place there; undefined if there is no such entry. */
  setAside(key: EntryKey, note?: object): string | undefined {
    const stored = this.take(key);
    return stored && this.quarantine.add({ stored, note });
  }

  #now(): number {
    return (this.#latest = Math.max(Date.now(), this.#latest + 0.001));
  }
}
