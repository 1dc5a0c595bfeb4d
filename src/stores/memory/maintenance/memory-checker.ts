import { sha256 } from '../../../core/hashing/digest.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import {
  batchOf,
  type BatchOutcome,
  type Checker,
  type EntryOutcome,
  type Problem,
} from '../../../core/ports/maintenance/entry-checker.ts';
import { digestsOf } from '../stored-content.ts';
import type { StoredEntries, StoredEntry } from '../stored-entries.ts';

/** Checks entries in the thread of its caller. */
export class MemoryChecker implements Checker {
  readonly lanes = 1;
  readonly #entries: StoredEntries;
  readonly #isQuick: boolean;
  #bytes = 0;
  #isClosed = false;

  /** @param isQuick checks names only and hashes no content */
  constructor(entries: StoredEntries, isQuick: boolean) {
    this.#entries = entries;
    this.#isQuick = isQuick;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async check(keys: readonly EntryKey[]): Promise<BatchOutcome> {
    if (this.#isClosed) throw new Error('the check was stopped');
    return batchOf(
      keys.length,
      keys.map((key) => this.#check(key)),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #check(key: EntryKey): EntryOutcome {
    const stored = this.#entries.get(key);
    if (stored === undefined)
      return { key, identity: null, files: 0, bytes: 0, problems: [], notes: [] };
    const digests = [...digestsOf(stored)];
    const problems = digests.flatMap(([name, digest]) => this.#problemOf(stored, name, digest));
    const names = digests.map(([name]) => name);
    const sizes = names.map((name) => stored.files.get(name)?.length ?? 0);
    const bytes = this.#isQuick ? 0 : sizes.reduce((sum, size) => sum + size, 0);
    this.#bytes += bytes;
    const { identity } = stored;
    return { key, identity, files: names.length, bytes, problems, notes: [] };
  }

  #problemOf({ entry, files }: StoredEntry, name: string, expected: string): Problem[] {
    const place = `echo/${formatKey(entry.key)}/${name}`;
    const bytes = files.get(name);
    if (bytes === undefined) {
      const message = 'the file is not there';
      return [{ class: 'missing', place, message, expected: null, actual: null }];
    }
    const isRead = !this.#isQuick || name === entry.manifestName;
    const actual = isRead ? sha256(bytes) : expected;
    if (actual === expected) return [];
    const message = 'the bytes do not match the manifest';
    return [{ class: 'corrupt', place, message, expected, actual }];
  }
}
