import { entryCost, type EntryCost } from '../../model/entry/entry-cost.ts';
import { formatKey, type EntryKey } from '../../model/entry/key.ts';
import type { Manifest } from '../../model/entry/manifest.ts';
import { BoundedCache } from '../../../support/bounded-cache.ts';

/** What entries cost. An entry never changes, so each manifest is read once while it is remembered. */
export class Savings {
  readonly #manifestOf: (key: EntryKey) => Promise<Manifest>;
  readonly #known = new BoundedCache<EntryCost>({ capacity: 20_000, weigh: () => 1 });

  constructor(manifestOf: (key: EntryKey) => Promise<Manifest>) {
    this.#manifestOf = manifestOf;
  }

  async costOf(key: EntryKey): Promise<EntryCost> {
    const name = formatKey(key);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const cost = await entryCost(key, this.#manifestOf);
    this.#known.set(name, cost);
    return cost;
  }
}
