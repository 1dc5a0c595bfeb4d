import { beforeEach, describe, expect, it } from 'vitest';
import { formatKey } from '../../../src/core/model/entry/key.ts';
import { S3EntryInventory } from '../../../src/stores/s3/maintenance/s3-entry-inventory.ts';
import { S3PinStore } from '../../../src/stores/s3/maintenance/s3-pin-store.ts';
import { each } from '../../../src/stores/s3/folders.ts';
import { fileKey } from '../../../src/stores/s3/object-keys.ts';
import { S3PointerStore } from '../../../src/stores/s3/s3-pointer-store.ts';
import { stageEntry } from '../../contract/entry-store.ts';
import { all } from '../../contract/maintained.ts';
import { firstTimes } from '../../helpers/faulty-server.ts';
import { fileNames } from '../../helpers/file-names.ts';
import { keyOf, resultOf } from '../../helpers/jobs.ts';
import { hasS3 } from '../../helpers/s3.ts';
import { faultyStore, textOf, type FaultyStore } from '../../helpers/s3-faulty.ts';

const names = [
  'with a space.json',
  'plus+plus.json',
  'per%20cent.json',
  `quotes'"\`.json`,
  'brackets()[]{}<>.json',
  'übergänge.json',
  'カラオケ.json',
  'a&b=c;d?e#f.json',
  'tilde~star*bang!at@dollar$.json',
  '😀.json',
];

describe.skipIf(!hasS3)('names in a bucket', () => {
  let fixture: FaultyStore;
  beforeEach(async () => {
    fixture = await faultyStore();
  });

  it('may have characters that a URL, a signature or XML writes otherwise', async () => {
    const files = Object.fromEntries(['a.json', ...names].map((name, n) => [name, `bytes ${n}`]));
    const key = keyOf('a');
    const store = await fixture.openSound();
    await store.publish(await stageEntry(fixture.workspace, files, 'job', key));
    const reader = await fixture.openSound();
    for (const [name, bytes] of Object.entries(files))
      expect(await textOf(reader, key, name)).toBe(bytes);
    const expected = ['a.json', ...names, 'manifest.json'].map((name) => fileKey(key, name));
    expect((await fixture.keys()).toSorted()).toEqual(expected.toSorted());
  });

  it('of tracks are given back as they were written', async () => {
    const pointers = new S3PointerStore(fixture.bucket);
    for (const name of names) await pointers.write({ track_id: name, ...resultOf('a') });
    const listed = [];
    for await (const one of pointers.list()) listed.push(one);
    const tracks = listed.map((one) => ('pointer' in one ? one.pointer.track_id : one.error));
    expect(tracks.toSorted()).toEqual(names.toSorted());
    for (const name of names)
      expect(await pointers.read(name)).toMatchObject({ track_id: name, ...keyOf('a') });
  });

  it('are all listed where there are more than one page of them', async () => {
    const pins = new S3PinStore(fixture.bucket);
    // At the end of a page the server gives the last name as its mark.
    const keys = Array.from({ length: 1050 }, (_, n) => keyOf(`${n}+%&<'ü ~`));
    await each(keys.slice(0, 525), (key) => pins.add(key));
    await each(keys.slice(525), (key) => pins.add(key));
    const found = await pins.list();
    expect(found.map(formatKey).toSorted()).toEqual(keys.map(formatKey).toSorted());
  });

  it('are all listed if the answer with one of the pages is cut', async () => {
    const pins = new S3PinStore(fixture.bucket);
    const keys = Array.from({ length: 20 }, (_, n) => keyOf(String(n)));
    await each(keys, (key) => pins.add(key));
    const behind = fixture.openBucket();
    fixture.server.faults = firstTimes(2, 'answer cut');
    expect((await new S3PinStore(behind).list()).map(formatKey).toSorted()).toEqual(
      keys.map(formatKey).toSorted(),
    );
  });

  it('are not taken for all of them if the server does not say how to get the others', async () => {
    const behind = fixture.openBucket();
    // So answers a server that only knows the first version of this request.
    const contents =
      '<Contents><Key>a</Key><Size>0</Size><LastModified>now</LastModified></Contents>';
    const body = `<ListBucketResult><IsTruncated>true</IsTruncated>${contents}</ListBucketResult>`;
    fixture.server.faults = () => ({ status: 200, body });
    await expect(new S3PinStore(behind).list()).rejects.toMatchObject({ code: 'store_refused' });
  });

  it('of another kind beside them hide no entry', async () => {
    const store = await fixture.openSound();
    const published = [keyOf('a'), keyOf('b')];
    for (const key of published)
      await store.publish(
        await stageEntry(fixture.workspace, { 'a.json': 'one' }, key.source_hash, key),
      );
    await new S3PointerStore(fixture.bucket).write({ track_id: 't', ...resultOf('a') });
    const places = await all(new S3EntryInventory(fixture.bucket, fileNames).places());
    expect(places).toEqual(published.map((key) => ({ kind: 'entry', key })));
  });
});
