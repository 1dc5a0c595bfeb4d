import { beforeEach, describe, expect, it } from 'vitest';
import type { PinStore } from '../../src/core/ports/maintenance/pin-store.ts';
import { keyOf } from '../helpers/jobs.ts';

/** `open` gives a handle on the same pins each time. */
export function describePinStore(
  name: string,
  make: () => Promise<{ open: () => PinStore }>,
): void {
  describe(`${name} as a pin store`, () => {
    let first: PinStore;
    let second: PinStore;
    beforeEach(async () => {
      const { open } = await make();
      first = open();
      second = open();
    });

    it('has no pin before one is set', async () => {
      expect(await first.has(keyOf('a'))).toBe(false);
      expect(await first.list()).toEqual([]);
      expect(await first.remove(keyOf('a'))).toBe(false);
    });

    it('says whether a pin is new, and shows it to every handle', async () => {
      expect(await first.add(keyOf('a'))).toBe(true);
      expect(await second.add(keyOf('a'))).toBe(false);
      expect(await second.has(keyOf('a'))).toBe(true);
      expect(await second.remove(keyOf('a'))).toBe(true);
      expect(await first.has(keyOf('a'))).toBe(false);
    });

    it('lists pins sorted by key', async () => {
      const keys = ['c', 'a', 'b'].map(keyOf);
      const also = { ...keyOf('a'), source_hash: 'another' };
      for (const key of [...keys, also]) await first.add(key);
      expect(await second.list()).toEqual([also, keyOf('a'), keyOf('b'), keyOf('c')]);
    });

    it('loses none of many that are set and removed at once', async () => {
      const keys = Array.from({ length: 20 }, (_, n) => ({ ...keyOf('a'), source_hash: `s${n}` }));
      await Promise.all(keys.map((key, n) => (n % 2 === 0 ? first : second).add(key)));
      await Promise.all(keys.filter((_, n) => n % 2 === 0).map((key) => second.remove(key)));
      expect((await first.list()).length).toBe(10);
    });

    it('sets a pin while the last other one of its configuration is removed, at any moment', async () => {
      const setAndRemove = async (pins: PinStore, source_hash: string) => {
        for (let turn = 0; turn < 200; turn += 1) {
          expect(await pins.add({ ...keyOf('a'), source_hash })).toBe(true);
          expect(await pins.remove({ ...keyOf('a'), source_hash })).toBe(true);
        }
      };
      await Promise.all([setAndRemove(first, 'one'), setAndRemove(second, 'another')]);
    });
  });
}
