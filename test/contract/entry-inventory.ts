import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EntryInventory } from '../../src/core/ports/entry-inventory.ts';
import type { EntryStore } from '../../src/core/ports/entry-store.ts';
import type { Workspace } from '../../src/core/ports/workspace.ts';
import type { EntryKey } from '../../src/core/model/key.ts';
import { keyOf } from '../helpers/jobs.ts';
import { stageEntry } from './entry-store.ts';

export interface InventoryFixture {
  readonly inventory: EntryInventory;
  readonly entries: EntryStore;
  readonly workspace: Workspace;
  /** Takes an entry away, and nothing that holds it. */
  remove(key: EntryKey): Promise<void>;
}

export function describeEntryInventory(name: string, make: () => Promise<InventoryFixture>): void {
  describe(`${name} as an inventory of entries`, () => {
    let fixture: InventoryFixture;
    beforeEach(async () => {
      fixture = await make();
    });

    const publish = async (entry: string, text = entry): Promise<EntryKey> => {
      const { entries, workspace } = fixture;
      await entries.publish(await stageEntry(workspace, { 'a.json': text }, 'job', keyOf(entry)));
      return keyOf(entry);
    };

    it('lists nothing where nothing was published', async () => {
      expect(await placesOf(fixture.inventory)).toEqual([]);
      expect(await fixture.inventory.modified([keyOf('a')])).toEqual([undefined]);
    });

    it('lists each entry once, however many there are', async () => {
      const names = Array.from({ length: 150 }, (_, n) => `n${String(n).padStart(3, '0')}`);
      for (const entry of names) await publish(entry);
      const listed = await placesOf(fixture.inventory);
      expect(listed.sort()).toEqual(names.map((entry) => keyOf(entry).source_hash));
    });

    it('answers about several keys in their order, and for none that is gone', async () => {
      const [a, b] = [await publish('a'), await publish('b', 'longer')];
      const asked = [b, keyOf('none'), a];
      const { inventory } = fixture;
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
      const [before] = await fixture.inventory.modified([key]);
      await delay(20);
      await fixture.entries.claimHit(key);
      const [after] = await fixture.inventory.modified([key]);
      expect(after).toBeGreaterThan(before ?? Infinity);
    });

    it('keeps publishing possible while it removes what is empty', async () => {
      const key = await publish('a');
      await fixture.remove(key);
      let removed = 0;
      for await (const count of fixture.inventory.removeEmpty()) removed += count;
      expect(removed).toBeLessThanOrEqual(1);
      await publish('a');
      for await (const count of fixture.inventory.removeEmpty()) expect(count).toBe(0);
      expect(await fixture.inventory.holds([key])).toEqual([true]);
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
