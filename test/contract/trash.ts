import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import type { Candidate, Haul, Trash } from '../../src/core/ports/maintenance/trash.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import { keyOf } from '../helpers/jobs.ts';
import { publish as publishIn, type MaintainedFixture, type MakeMaintained } from './maintained.ts';

export function describeTrash(name: string, make: MakeMaintained): void {
  describe(`${name} as a trash`, () => {
    let fixture: MaintainedFixture;
    let root: MaintainedRoot;
    let other: MaintainedRoot;
    const told: string[] = [];
    const begin = (now = Date.now()): Trash =>
      root.trash({ now, tell: ({ message }) => told.push(message) });

    beforeEach(async () => {
      fixture = await make();
      root = fixture.open();
      other = fixture.open();
    });
    afterEach(async () => {
      await root.close();
      await other.close();
      await fixture.stores.close();
      expect(told).toEqual([]);
    });

    const publish = (entry: string): Promise<EntryKey> => publishIn(fixture.stores, entry);
    const candidate = async (key: EntryKey): Promise<Candidate> => {
      const [modified = 0] = await root.inventory.modified([key]);
      return { key, modified };
    };

    it('takes an entry, and brings it back whole', async () => {
      const key = await publish('a');
      const trash = begin();
      expect(await trash.take(await candidate(key))).toBe('taken');
      expect(await root.inventory.holds([key])).toEqual([false]);
      expect(await other.restorer.has(key)).toBe(true);
      expect(await trash.absolve(key)).toBe(true);
      expect(await trash.absolve(key)).toBe(false);
      expect(await other.entries.claimHit(key)).toBeDefined();
    });

    it('finds nothing where another collection was faster', async () => {
      const key = await publish('a');
      const wanted = await candidate(key);
      await begin().take(wanted);
      expect(await begin().take(wanted)).toBe('gone');
    });

    it('refuses what is pinned, and what was relied on since it was decided on', async () => {
      const [pinned, claimed] = [await publish('pinned'), await publish('claimed')];
      const wanted = [await candidate(pinned), await candidate(claimed)];
      await other.pins.add(pinned);
      await delay(20);
      await other.entries.claimHit(claimed);
      for (const one of wanted) expect(await begin().take(one)).toBe('kept');
    });

    it('lets a new entry stand in the place of one that was taken', async () => {
      const key = await publish('a');
      const trash = begin();
      await trash.take(await candidate(key));
      await publish('a');
      expect(await trash.absolve(key)).toBe(false);
      expect(await other.restorer.restore(key)).toBe('stands');
      expect(await root.entries.claimHit(key)).toBeDefined();
    });

    it('brings back what an earlier collection took, the latest of a key first', async () => {
      const key = await publish('a');
      await begin().take(await candidate(key));
      const trash = begin();
      const [haul] = await trash.hauls();
      if (haul === undefined) throw new Error('the collection left nothing');
      expect(await entriesOf(trash, haul)).toEqual([key]);
      expect(await other.restorer.restore(key)).toBe('restored');
      expect(await trash.putBack(haul, key)).toBe(false);
      expect(await other.restorer.restore(key)).toBe('stands');
      expect(await other.restorer.restore(keyOf('none'))).toBe('gone');
    });

    it('brings back nothing of what is doomed, and deletes it', async () => {
      const key = await publish('a');
      const trash = begin();
      await trash.take(await candidate(key));
      for (const haul of await trash.hauls()) await trash.doom(haul);
      expect(await trash.hauls()).toEqual([]);
      expect(await other.restorer.restore(key)).toBe('gone');
      let deleted = 0;
      for await (const count of begin().empty()) deleted += count;
      expect(deleted).toBeGreaterThan(0);
    });

    it('lets the grace of what was taken ahead of the clock begin now', async () => {
      const key = await publish('a');
      const now = Date.now();
      await begin(now + 3_600_000).take(await candidate(key));
      const trash = begin(now);
      for (const haul of await trash.hauls()) await trash.restamp(haul);
      expect((await trash.hauls()).map(({ at }) => at)).toEqual([now]);
      expect(await other.restorer.restore(key)).toBe('restored');
    });

    it('deletes evidence that it is told to', async () => {
      const key = await publish('a');
      await root.repair.setAside(key, { why: 'a test' });
      const trash = begin();
      const evidence = await trash.evidence();
      expect(evidence.length).toBeGreaterThan(0);
      for (const one of evidence) {
        expect(one.at).toBeCloseTo(Date.now(), -5);
        expect(await trash.discard(one)).toBe(true);
      }
      expect(await trash.evidence()).toEqual([]);
    });
  });
}

async function entriesOf(trash: Trash, haul: Haul): Promise<EntryKey[]> {
  const found: EntryKey[] = [];
  for await (const keys of trash.entriesOf(haul)) found.push(...keys);
  return found;
}
