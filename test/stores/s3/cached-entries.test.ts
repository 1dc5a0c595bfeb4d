import { beforeEach, describe, expect, it } from 'vitest';
import type { EntryStore } from '../../../src/core/ports/entry-store.ts';
import { stageEntry } from '../../contract/entry-store.ts';
import { keyOf } from '../../helpers/jobs.ts';
import { hasS3, removeEntry } from '../../helpers/s3.ts';
import { faultyStore, textOf, type FaultyStore } from '../../helpers/s3-faulty.ts';

const key = keyOf('a');

describe.skipIf(!hasS3)('the cache of a bucket on a machine', () => {
  let fixture: FaultyStore;
  beforeEach(async () => {
    fixture = await faultyStore();
  });

  const publish = async (store: EntryStore, text: string): Promise<void> => {
    await store.publish(await stageEntry(fixture.workspace, { 'a.json': text }, text, key));
  };

  it('asks nothing for an entry that was published or read here', async () => {
    const store = await fixture.open();
    await publish(store, 'one');
    const other = await fixture.open();
    expect(await textOf(other, key, 'a.json')).toBe('one');
    const asked = fixture.server.seen.length;
    for (const machine of [store, other]) expect(await textOf(machine, key, 'a.json')).toBe('one');
    expect(fixture.server.seen).toHaveLength(asked);
  });

  it('keeps no earlier bytes of a result that was collected, and computed again elsewhere', async () => {
    const here = await fixture.open();
    await publish(here, 'earlier');
    await removeEntry(fixture.bucket, key);
    await publish(await fixture.open(), 'later');
    const claimed = await here.claimHit(key);
    expect(await textOf(here, key, 'a.json')).toBe('later');
    expect((await here.open(key, 'a.json')).etag).toBe(claimed?.manifest.artifact.sha256);
  });
});
