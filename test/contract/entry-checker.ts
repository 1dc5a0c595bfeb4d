import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hashing/digest.ts';
import type { Checker } from '../../src/core/ports/maintenance/entry-checker.ts';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import { keyOf } from '../helpers/jobs.ts';
import { publish, type MaintainedFixture, type MakeMaintained } from './maintained.ts';

export function describeChecker(name: string, make: MakeMaintained): void {
  describe(`${name} as it is checked`, () => {
    let fixture: MaintainedFixture;
    let root: MaintainedRoot;
    let checker: Checker;
    beforeEach(async () => {
      fixture = await make();
      root = fixture.open();
      checker = fixture.checker(false);
    });
    afterEach(async () => {
      await checker.close();
      await checker.close();
      await root.close();
      await fixture.stores.close();
    });

    it('tells which entries are sound, in the order of the keys, and which are gone', async () => {
      const keys = [
        await publish(fixture.stores, 'a', { 'a.json': 'one', 'b.json': 'two' }),
        keyOf('none'),
        await publish(fixture.stores, 'b', { 'a.json': 'three' }),
      ];
      const { identities, files, bytes, troubled } = await checker.check(keys);
      const standing = await root.inventory.identities(keys);
      expect([...identities]).toEqual(standing.map((identity) => identity ?? Number.NaN));
      expect(troubled).toEqual([]);
      // Two artifacts, another file, two manifests.
      expect(files).toBe(5);
      expect(bytes).toBeGreaterThan('onetwothree'.length);
      expect(checker.bytes).toBe(bytes);
    });

    it('tells what is wrong with an entry whose bytes are not those of its manifest', async () => {
      const [sound, damaged] = [
        await publish(fixture.stores, 'a'),
        await publish(fixture.stores, 'b'),
      ];
      await fixture.damageEntry(damaged, 'a.json');
      const { identities, troubled } = await checker.check([damaged, sound]);
      expect([...identities].map((identity) => Number.isNaN(identity))).toEqual([true, false]);
      expect(troubled).toHaveLength(1);
      expect(troubled[0]).toMatchObject({
        key: damaged,
        problems: [
          {
            class: 'corrupt',
            place: expect.stringMatching(/source-b\/a\.json$/) as string,
            expected: sha256('b'),
            actual: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          },
        ],
      });
    });

    it('finds a damaged manifest also when it reads no artifact', async () => {
      const quick = fixture.checker(true);
      const [artifact, manifest] = [
        await publish(fixture.stores, 'a'),
        await publish(fixture.stores, 'b'),
      ];
      await fixture.damageEntry(artifact, 'a.json');
      await fixture.damageEntry(manifest, 'manifest.json');
      const { troubled } = await quick.check([artifact, manifest]);
      expect(troubled.map(({ key }) => key)).toEqual([manifest]);
      await quick.close();
    });

    it('works on several batches at once, and on none once it is closed', async () => {
      const key = await publish(fixture.stores, 'a');
      const batches = await Promise.all(
        Array.from({ length: checker.lanes * 3 }, () => checker.check([key])),
      );
      expect(batches.every(({ troubled }) => troubled.length === 0)).toBe(true);
      await checker.close();
      await expect(checker.check([key])).rejects.toThrow();
    });
  });
}
