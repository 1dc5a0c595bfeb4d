import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checked, Ledger } from '../../src/core/ports/maintenance/ledger.ts';
import { keyOf } from '../helpers/jobs.ts';

/** `open` gives a handle on the same ledger each time. */
export function describeLedger(
  name: string,
  make: () => Promise<{ open: () => Promise<Ledger> }>,
): void {
  describe(`${name} as a ledger`, () => {
    let first: Ledger;
    let second: Ledger;
    beforeEach(async () => {
      const { open } = await make();
      first = await open();
      second = await open();
    });
    afterEach(async () => {
      await first.close();
      await first.close();
      await second.close();
    });

    const [a, b, c] = [keyOf('a'), keyOf('b'), keyOf('c')];

    it('knows nothing at first', async () => {
      expect(await first.isEmpty()).toBe(true);
      expect(await first.checked([a, b])).toEqual([undefined, undefined]);
      expect(await first.lastReads([a])).toEqual([undefined]);
      expect(await first.checkedBefore(Number.MAX_SAFE_INTEGER, undefined, 9)).toEqual([]);
    });

    it('tells what was checked in the order of the keys, to every handle', async () => {
      await first.rememberChecked([
        { key: a, identity: 7, at: 1 },
        { key: c, identity: 8, at: 2 },
      ]);
      expect(await second.isEmpty()).toBe(false);
      expect(await second.checked([c, b, a])).toEqual([
        { identity: 8, at: 2 },
        undefined,
        { identity: 7, at: 1 },
      ]);
    });

    it('remembers the latest check of an entry, and forgets it', async () => {
      await first.rememberChecked([{ key: a, identity: 7, at: 1 }]);
      await first.rememberChecked([{ key: a, identity: 9, at: 3 }]);
      expect(await first.checked([a])).toEqual([{ identity: 9, at: 3 }]);
      await first.forgetChecked([a, b]);
      expect(await first.checked([a])).toEqual([undefined]);
    });

    it('gives pages of the entries checked the longest ago, without those checked meanwhile', async () => {
      await first.rememberChecked([
        { key: c, identity: 1, at: 30 },
        { key: b, identity: 1, at: 10 },
        { key: a, identity: 1, at: 10 },
      ]);
      const found: Checked[] = [];
      for (let last: Checked | undefined; ;) {
        const page = await first.checkedBefore(40, last, 1);
        last = page.at(-1);
        if (last === undefined) break;
        found.push(last);
        await second.rememberChecked([{ key: last.key, identity: 1, at: 40 }]);
      }
      // Two were checked at the same time.
      expect(found.map(({ at }) => at)).toEqual([10, 10, 30]);
      expect(new Set(found.map(({ key }) => key.config_hash)).size).toBe(3);
    });

    it('keeps the latest read of an entry, whatever comes last', async () => {
      await first.rememberReads([{ key: a, at: 5 }]);
      await second.rememberReads([
        { key: a, at: 3 },
        { key: b, at: 4 },
      ]);
      expect(await first.lastReads([b, c, a])).toEqual([4, undefined, 5]);
      await first.forgetReads([a, c]);
      expect(await second.lastReads([a, b])).toEqual([undefined, 4]);
    });
  });
}
