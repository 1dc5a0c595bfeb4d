import { randomUUID } from 'node:crypto';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import type {
  Candidate,
  Evidence,
  Haul,
  Restorer,
  Taking,
  Trash,
} from '../../../core/ports/maintenance/trash.ts';
import type { MemoryRoot } from '../memory-root.ts';

/** The trash in memory, as one garbage collection works with it. */
export class MemoryTrash implements Trash {
  readonly #root: MemoryRoot;
  readonly #own: Haul;

  /** @param now when the garbage collection began, in milliseconds of wall time */
  constructor(root: MemoryRoot, now: number) {
    this.#root = root;
    this.#own = { id: randomUUID(), at: now };
  }

  async take({ key, modified }: Candidate): Promise<Taking> {
    const { entries, pins, hauls } = this.#root;
    if (pins.has(formatKey(key))) return 'kept';
    const stored = entries.get(key);
    if (stored === undefined) return 'gone';
    if (stored.modified !== modified) return 'kept';
    const { id, at } = this.#own;
    const haul = hauls.get(id) ?? { at, entries: new Map() };
    hauls.set(id, haul);
    haul.entries.set(formatKey(key), stored);
    entries.take(key);
    return 'taken';
  }

  absolve(key: EntryKey): Promise<boolean> {
    return this.putBack(this.#own, key);
  }

  async hauls(): Promise<readonly Haul[]> {
    return [...this.#root.hauls].map(([id, { at }]) => ({ id, at }));
  }

  async *entriesOf({ id }: Haul): AsyncGenerator<readonly EntryKey[]> {
    const entries = this.#root.hauls.get(id)?.entries.values() ?? [];
    yield [...entries].map(({ entry }) => entry.key);
  }

  async putBack({ id }: Haul, key: EntryKey): Promise<boolean> {
    return putBack(this.#root, id, key);
  }

  async restamp({ id }: Haul): Promise<void> {
    const haul = this.#root.hauls.get(id);
    if (haul !== undefined) this.#root.hauls.set(id, { ...haul, at: this.#own.at });
  }

  async doom({ id }: Haul): Promise<void> {
    const { hauls, doomed } = this.#root;
    doomed.push(...(hauls.get(id)?.entries.values() ?? []));
    hauls.delete(id);
  }

  async evidence(): Promise<readonly Evidence[]> {
    return this.#root.quarantine.all();
  }

  async discard({ id }: Evidence): Promise<boolean> {
    this.#root.quarantine.remove(id);
    return true;
  }

  async *empty(): AsyncGenerator<number> {
    for (const { files } of this.#root.doomed.splice(0)) yield files.size;
  }
}

/** Puts entries back from the trash. */
export class MemoryRestorer implements Restorer {
  readonly #root: MemoryRoot;

  constructor(root: MemoryRoot) {
    this.#root = root;
  }

  async has(key: EntryKey): Promise<boolean> {
    return this.#latest(key) !== undefined;
  }

  async restore(key: EntryKey): Promise<'restored' | 'stands' | 'gone'> {
    if (this.#root.entries.get(key) !== undefined) return 'stands';
    return this.#putBack(key) ? 'restored' : 'gone';
  }

  #putBack(key: EntryKey): boolean {
    const id = this.#latest(key);
    return id !== undefined && putBack(this.#root, id, key);
  }

  /** The haul that took this entry last. */
  #latest(key: EntryKey): string | undefined {
    const holding = [...this.#root.hauls].filter(([, { entries }]) => entries.has(formatKey(key)));
    return holding.sort(([, a], [, b]) => b.at - a.at)[0]?.[0];
  }
}

function putBack({ entries, hauls }: MemoryRoot, id: string, key: EntryKey): boolean {
  const haul = hauls.get(id);
  const stored = haul?.entries.get(formatKey(key));
  if (haul === undefined || stored === undefined || entries.get(key) !== undefined) return false;
  haul.entries.delete(formatKey(key));
  entries.putBack(stored);
  return true;
}
