import { beforeEach, describe, expect, it } from 'vitest';
import { stageEntry } from '../../contract/entry-store.ts';
import { firstTimes, type PassedRequest } from '../../helpers/faulty-server.ts';
import { keyOf } from '../../helpers/jobs.ts';
import { hasS3 } from '../../helpers/s3.ts';
import { faultyStore, textOf, type FaultyStore } from '../../helpers/s3-faulty.ts';

const key = keyOf('a');
const large = 'abcdefgh'.repeat(200_000);
const files = { 'a.json': 'first', 'large.bin': large };

const reads =
  (name: string) =>
  ({ method, path }: PassedRequest): boolean =>
    method === 'GET' && path.endsWith(name);

describe.skipIf(!hasS3)('an entry that is read from a bucket', () => {
  let fixture: FaultyStore;
  beforeEach(async () => {
    fixture = await faultyStore();
    const writer = await fixture.openSound();
    await writer.publish(await stageEntry(fixture.workspace, files, 'job', key));
  });

  it.each(['a.json', 'large.bin', 'manifest.json'])(
    'is fetched again if the answer with %s is cut, and then whole',
    async (name) => {
      const store = await fixture.open();
      fixture.server.faults = firstTimes(2, 'answer cut', reads(name));
      expect(await textOf(store, key, 'large.bin')).toBe(large);
      expect(await textOf(store, key, 'a.json')).toBe('first');
      expect(fixture.server.seen.filter(reads(name))).toHaveLength(3);
    },
  );

  it.each(['a.json', 'large.bin'])(
    'is not given to anybody if a bit of %s is wrong, and is right the next time',
    async (name) => {
      const store = await fixture.open();
      fixture.server.faults = firstTimes(1, { flipAt: 2 }, reads(name));
      await expect(store.open(key, name)).rejects.toMatchObject({ code: 'hash_mismatch' });
      expect(await textOf(store, key, 'a.json')).toBe('first');
      expect(await textOf(store, key, 'large.bin')).toBe(large);
    },
  );

  // The first byte makes it no JSON; the other one is in a value that nothing else checks.
  const damaged = [0, JSON.stringify({ schema_id: 'te' }).length - 2];

  it.each(damaged)(
    'is not set aside because byte %i of its manifest was wrong on the way',
    async (flipAt) => {
      const before = await fixture.keys();
      const store = await fixture.open();
      fixture.server.faults = firstTimes(1, { flipAt }, reads('manifest.json'));
      const staged = await stageEntry(fixture.workspace, { 'a.json': 'other' }, 'other', key);
      expect(await store.publish(staged)).toMatchObject({ outcome: 'kept' });
      const after = await fixture.keys();
      expect(after.filter((object) => !object.startsWith('.cab/used/'))).toEqual(before);
    },
  );

  it.each(damaged)(
    'has its manifest as it was written if byte %i was wrong on the way',
    async (flipAt) => {
      const sound = await textOf(await fixture.openSound(), key, 'manifest.json');
      const store = await fixture.open();
      fixture.server.faults = firstTimes(1, { flipAt }, reads('manifest.json'));
      expect(await textOf(store, key, 'manifest.json')).toBe(sound);
    },
  );

  it('cannot be reached if the server never answers, and is read as soon as it does', async () => {
    const store = await fixture.open(100);
    fixture.server.faults = () => 'no answer';
    await expect(store.open(key, 'a.json')).rejects.toMatchObject({
      code: 'store_unreachable',
      message: expect.stringContaining(fixture.choice.url) as unknown,
    });
    fixture.server.faults = () => undefined;
    expect(await textOf(store, key, 'a.json')).toBe('first');
  });

  it('is read from the cache while nothing listens', async () => {
    const store = await fixture.open();
    expect(await textOf(store, key, 'a.json')).toBe('first');
    await fixture.server.stop();
    expect(await textOf(store, key, 'large.bin')).toBe(large);
    await expect(store.claimHit(key)).rejects.toMatchObject({
      code: 'store_unreachable',
      message: expect.stringContaining('ECONNREFUSED') as unknown,
    });
    await fixture.server.start();
    expect(await store.claimHit(key)).toBeDefined();
  });
});
