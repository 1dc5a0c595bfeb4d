import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EntryInventory } from '../../src/core/ports/maintenance/entry-inventory.ts';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import { keyOf } from '../helpers/jobs.ts';
import { publish as publishIn, type MaintainedFixture, type MakeMaintained } from './maintained.ts';

export function describeEntryInventory(name: string, make: MakeMaintained): void {
  describe(`${name} as an inventory of entries`, () => {
    let fixture: MaintainedFixture;
    let root: MaintainedRoot;
    let inventory: EntryInventory;
    beforeEach(async () => {
      fixture = await make();
      root = fixture.open();
      inventory = root.inventory;
    });
    afterEach(async () => {
      await root.close();
      await fixture.stores.close();
    });

    const publish = (entry: string, text = entry): Promise<EntryKey> =>
      publishIn(fixture.stores, entry, { 'a.json': text });

    it('lists nothing where nothing was published', async () => {
      expect(await placesOf(inventory)).toEqual([]);
      expect(await inventory.modified([keyOf('a')])).toEqual([undefined]);
    });

    it('lists each entry once, however many there are', async () => {
      const names = Array.from({ length: 150 }, (_, n) => `n${String(n).padStart(3, '0')}`);
      for (const entry of names) await publish(entry);
      const listed = await placesOf(inventory);
      expect(listed.sort()).toEqual(names.map((entry) => keyOf(entry).source_hash));
    });

    it('answers about several keys in their order, and for none that is gone', async () => {
      const [a, b] = [await publish('a'), await publish('b', 'longer')];
      const asked = [b, keyOf('none'), a];
      const [ofB, ofNone, ofA] = await inventory.identities(asked);
      expect(ofNone).toBeUndefined();
      expect(new Set([ofA, ofB, undefined]).size).toBe(3);
      expect((await inventory.modified(asked)).map((at) => at !== undefined)).toEqual([
        true,
        false,
        true,
      ]);
      const [sizeOfB = 0, none, sizeOfA = 0] = await inventory.sizes(asked);
      expect(none).toBe(0);
      expect(sizeOfB).toBeGreaterThan(sizeOfA);
      expect(await inventory.holds(asked)).toEqual([true, false, true]);
      expect((await inventory.locate(a))?.artifact).toBe('a.json');
    });

    it('shows another time for an entry that a job has claimed', async () => {
      const key = await publish('a');
      const [before] = await inventory.modified([key]);
      await delay(20);
      await root.entries.claimHit(key);
      const [after] = await inventory.modified([key]);
      expect(after).toBeGreaterThan(before ?? Infinity);
    });

    it('keeps publishing possible while it removes what is empty', async () => {
      const key = await publish('a');
      await fixture.removeEntry(key);
      let removed = 0;
      for await (const count of inventory.removeEmpty()) removed += count;
      expect(removed).toBeLessThanOrEqual(1);
      await publish('a');
      for await (const count of inventory.removeEmpty()) expect(count).toBe(0);
      expect(await inventory.holds([key])).toEqual([true]);
    });
  });
}

async function placesOf(inventory: EntryInventory): Promise<string[]> {
  const found: string[] = [];
  for await (const places of inventory.places())
    for (const place of places)
      found.push(place.kind === 'entry' ? place.key.source_hash : place.place);
  return found;
}
