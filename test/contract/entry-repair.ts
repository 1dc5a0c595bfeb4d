import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hashing/digest.ts';
import type { JobResult } from '../../src/core/model/job/job.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import type { Evidence } from '../../src/core/ports/maintenance/trash.ts';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import { keyOf } from '../helpers/jobs.ts';
import { manifestOf } from './entry-store.ts';
import { publish, type MaintainedFixture, type MakeMaintained } from './maintained.ts';

export function describeEntryRepair(name: string, make: MakeMaintained): void {
  describe(`${name} as a repair of entries`, () => {
    let fixture: MaintainedFixture;
    let root: MaintainedRoot;
    beforeEach(async () => {
      fixture = await make();
      root = fixture.open();
    });
    afterEach(async () => {
      await root.close();
      await fixture.stores.close();
    });

    const evidence = (): Promise<readonly Evidence[]> =>
      root.trash({ now: Date.now(), tell: () => undefined }).evidence();

    it('tells an artifact that is intact, the only file, and what a job gave', async () => {
      const key = await publish(fixture.stores, 'a', { 'a.json': 'one' });
      expect(await root.repair.intactArtifact(key, resultOf(key, 'one'))).toBe(3);
      expect(await root.repair.intactArtifact(key, resultOf(key, 'other'))).toBeUndefined();
      const two = await publish(fixture.stores, 'two', { 'a.json': 'one', 'b.json': 'two' });
      expect(await root.repair.intactArtifact(two, resultOf(two, 'one'))).toBeUndefined();
      const none = keyOf('none');
      expect(await root.repair.intactArtifact(none, resultOf(none, 'one'))).toBeUndefined();
      await fixture.damageEntry(key, 'a.json');
      expect(await root.repair.intactArtifact(key, resultOf(key, 'one'))).toBeUndefined();
    });

    it('publishes the artifact with another manifest, and keeps the damaged entry as evidence', async () => {
      const key = await publish(fixture.stores, 'a', { 'a.json': 'one' });
      await fixture.damageEntry(key, 'manifest.json');
      expect(await root.entries.claimHit(key)).toBeUndefined();
      const artifact = { path: 'a.json', sha256: sha256('one'), size: 3, content_type: 'text/x' };
      await root.repair.republish(key, resultOf(key, 'one'), manifestOf(key, artifact, []));
      const mended = await fixture.open().entries.claimHit(key);
      expect(mended?.manifest.artifact.content_type).toBe('text/x');
      expect(await evidence()).toHaveLength(1);
    });

    it('leaves an entry as it is whose artifact is not what a job gave', async () => {
      const key = await publish(fixture.stores, 'a', { 'a.json': 'one' });
      const [before] = await root.inventory.identities([key]);
      const result = resultOf(key, 'other');
      const { manifest } = (await root.inventory.locate(key)) ?? {};
      if (manifest === undefined) throw new Error('the entry is gone');
      await expect(root.repair.republish(key, result, manifest)).rejects.toThrow(/digest/);
      expect(await root.inventory.identities([key])).toEqual([before]);
      expect(await root.entries.claimHit(key)).toBeDefined();
      expect(await evidence()).toEqual([]);
    });

    it('takes an entry into quarantine whole, and leaves its place free', async () => {
      const key = await publish(fixture.stores, 'a');
      expect(root.repair.where(key)).toContain(key.source_hash);
      expect(await root.repair.setAside(key, { why: 'a test' })).toEqual(expect.any(String));
      expect(await root.repair.setAside(key, { why: 'a test' })).toBeUndefined();
      expect(await root.inventory.holds([key])).toEqual([false]);
      expect((await evidence()).length).toBeGreaterThan(0);
      await publish(fixture.stores, 'a');
      expect(await root.entries.claimHit(key)).toBeDefined();
    });

    it('keeps a damaged entry as evidence in whose place another one was published', async () => {
      const key = await publish(fixture.stores, 'a');
      await fixture.damageEntry(key, 'a.json');
      await publish(fixture.stores, 'a');
      expect(await evidence()).toHaveLength(1);
    });
  });
}

const resultOf = (key: EntryKey, artifact: string): JobResult => ({
  ...{ ...key, artifact: 'a.json', manifest: 'manifest.json', etag: sha256(artifact) },
});
