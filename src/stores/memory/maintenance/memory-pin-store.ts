import { formatKey, type EntryKey } from '../../../core/model/key.ts';
import type { PinStore } from '../../../core/ports/pin-store.ts';
import type { StoredPins } from '../memory-root.ts';

/** Pins in memory. */
export class MemoryPinStore implements PinStore {
  readonly #pins: StoredPins;

  constructor(pins: StoredPins) {
    this.#pins = pins;
  }

  async has(key: EntryKey): Promise<boolean> {
    return this.#pins.has(formatKey(key));
  }

  async add({ config_hash, source_hash }: EntryKey): Promise<boolean> {
    const key = { config_hash, source_hash };
    const isNew = !this.#pins.has(formatKey(key));
    this.#pins.set(formatKey(key), key);
    return isNew;
  }

  async remove(key: EntryKey): Promise<boolean> {
    return this.#pins.delete(formatKey(key));
  }

  async list(): Promise<readonly EntryKey[]> {
    return [...this.#pins.values()].sort(
      (a, b) => order(a.config_hash, b.config_hash) || order(a.source_hash, b.source_hash),
    );
  }
}

const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
