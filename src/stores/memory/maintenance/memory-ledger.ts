import { formatKey, type EntryKey } from '../../../core/model/key.ts';
import type { Checked, Ledger, Read } from '../../../core/ports/ledger.ts';
import type { StoredLedger } from '../memory-root.ts';

/** When entries were checked and read, in memory. */
export class MemoryLedger implements Ledger {
  readonly #stored: StoredLedger;

  constructor(stored: StoredLedger) {
    this.#stored = stored;
  }

  async isEmpty(): Promise<boolean> {
    return this.#stored.checked.size === 0;
  }

  async checked(keys: readonly EntryKey[]): Promise<(Omit<Checked, 'key'> | undefined)[]> {
    return keys.map((key) => {
      const known = this.#stored.checked.get(formatKey(key));
      return known && { identity: known.identity, at: known.at };
    });
  }

  async checkedBefore(
    before: number,
    last: Checked | undefined,
    limit: number,
  ): Promise<Checked[]> {
    const due = [...this.#stored.checked.values()].filter(({ at }) => at < before).sort(byTime);
    const next = last === undefined ? 0 : due.findIndex((one) => byTime(one, last) > 0);
    return next < 0 ? [] : due.slice(next, next + limit);
  }

  async rememberChecked(checked: readonly Checked[]): Promise<void> {
    for (const one of checked) this.#stored.checked.set(formatKey(one.key), { ...one });
  }

  async forgetChecked(keys: readonly EntryKey[]): Promise<void> {
    for (const key of keys) this.#stored.checked.delete(formatKey(key));
  }

  async lastReads(keys: readonly EntryKey[]): Promise<(number | undefined)[]> {
    return keys.map((key) => this.#stored.reads.get(formatKey(key))?.at);
  }

  async rememberReads(reads: readonly Read[]): Promise<void> {
    for (const { key, at } of reads) {
      const known = this.#stored.reads.get(formatKey(key));
      if (known === undefined || known.at < at) this.#stored.reads.set(formatKey(key), { key, at });
    }
  }

  async forgetReads(keys: readonly EntryKey[]): Promise<void> {
    for (const key of keys) this.#stored.reads.delete(formatKey(key));
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

function byTime(a: Checked, b: Checked): number {
  if (a.at !== b.at) return a.at - b.at;
  const [first, second] = [formatKey(a.key), formatKey(b.key)];
  return first === second ? 0 : first < second ? -1 : 1;
}
