import { beforeEach, describe, expect, it } from 'vitest';
import type { EntryKey } from '../../../src/core/model/entry/key.ts';
import type { StagedEntry } from '../../../src/core/ports/workspace.ts';
import { usedKey } from '../../../src/stores/s3/object-keys.ts';
import { stageEntry } from '../../contract/entry-store.ts';
import { busy, firstTimes, nthTime, type PassedRequest } from '../../helpers/faulty-server.ts';
import { keyOf } from '../../helpers/jobs.ts';
import { hasS3 } from '../../helpers/s3.ts';
import { faultyStore, textOf, type FaultyStore } from '../../helpers/s3-faulty.ts';

const key: EntryKey = keyOf('a');
const folder = `echo/${key.config_hash}/${key.source_hash}`;
const files = { 'a.json': 'first', 'b.bin': 'second', 'deep.txt': 'x'.repeat(100_000) };
const published = [...Object.keys(files), 'manifest.json'].map((name) => `${folder}/${name}`);

const isPut = ({ method }: PassedRequest): boolean => method === 'PUT';
const isOf =
  (method: string, name: string) =>
  (request: PassedRequest): boolean =>
    request.method === method && request.path.endsWith(name);

describe.skipIf(!hasS3)('a publication in a bucket', () => {
  let fixture: FaultyStore;
  beforeEach(async () => {
    fixture = await faultyStore();
  });

  const staged = (content: Record<string, string> = files, job = 'job'): Promise<StagedEntry> =>
    stageEntry(fixture.workspace, content, job, key);

  /** Every byte of the entry is right for a reader who has none of it. */
  async function expectWhole(content: Record<string, string> = files): Promise<void> {
    const reader = await fixture.openSound();
    for (const [name, bytes] of Object.entries(content))
      expect(await textOf(reader, key, name)).toBe(bytes);
    expect(await reader.claimHit(key)).toBeDefined();
  }

  it('is asked again of a server that is busy', async () => {
    const store = await fixture.open();
    fixture.server.faults = firstTimes(3, busy, isPut);
    expect(await store.publish(await staged())).toMatchObject({ outcome: 'published' });
    expect(fixture.server.seen.filter(isPut)).toHaveLength(published.length + 3);
    expect(await fixture.keys()).toEqual(published);
    await expectWhole();
  });

  it('leaves no entry where the server stays busy', async () => {
    const store = await fixture.open();
    fixture.server.faults = (request) => (isPut(request) ? busy : undefined);
    await expect(store.publish(await staged())).rejects.toMatchObject({
      code: 'store_unreachable',
      message: expect.stringMatching(/SlowDown/) as unknown,
    });
    expect(await fixture.keys()).toEqual([]);
  });

  it.each([1, 2, 3, 4])('is whole if the answer to PUT %i is lost', async (nth) => {
    const store = await fixture.open();
    fixture.server.faults = nthTime(nth, 'answer lost', isPut);
    expect(await store.publish(await staged())).toMatchObject({ outcome: 'published' });
    expect(await fixture.keys()).toEqual(published);
    await expectWhole();
  });

  it('is whole if the answers to all requests are lost once', async () => {
    const store = await fixture.open();
    const lost = new Set<string>();
    fixture.server.faults = ({ method, path }) => {
      if (lost.has(method + path)) return undefined;
      lost.add(method + path);
      return 'answer lost';
    };
    expect(await store.publish(await staged())).toMatchObject({ outcome: 'published' });
    expect(await fixture.keys()).toEqual(published);
    await expectWhole();
  });

  it.each(['a.json', 'deep.txt', 'manifest.json'])(
    'is whole if the connection ends in the middle of %s',
    async (name) => {
      const store = await fixture.open();
      fixture.server.faults = firstTimes(2, 'request cut', isOf('PUT', name));
      expect(await store.publish(await staged())).toMatchObject({ outcome: 'published' });
      expect(await fixture.keys()).toEqual(published);
      await expectWhole();
    },
  );

  it.each(['a.json', 'manifest.json'])(
    'by two stores with other bytes has one winner if the answer to PUT of %s is lost',
    async (name) => {
      const [one, two] = [await fixture.open(), await fixture.openSound()];
      const others = { 'a.json': 'other', 'b.bin': 'second', 'deep.txt': 'y'.repeat(100_000) };
      fixture.server.faults = firstTimes(1, 'answer lost', isOf('PUT', name));
      const outcomes = await Promise.all([
        one.publish(await staged(files, 'one')),
        two.publish(await staged(others, 'two')),
      ]);
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['kept', 'published']);
      const [first, second] = outcomes.map(({ entry }) => entry.manifest);
      expect(first).toEqual(second);
      const hasFirstWon = outcomes[0].outcome === 'published';
      await expectWhole(hasFirstWon ? files : others);
      const manifests = (await fixture.keys()).filter((object) => object.endsWith('manifest.json'));
      expect(manifests).toEqual([`${folder}/manifest.json`]);
    },
  );

  it('fails after the limit if the server never answers, and leaves no entry', async () => {
    const store = await fixture.open(100);
    fixture.server.faults = (request) =>
      isOf('PUT', 'manifest.json')(request) ? 'no answer' : undefined;
    await expect(store.publish(await staged())).rejects.toMatchObject({
      code: 'store_unreachable',
      message: expect.stringContaining('has not answered') as unknown,
    });
    const reader = await fixture.openSound();
    expect(await reader.find(key)).toBeUndefined();
    expect(await reader.claimHit(key)).toBeUndefined();
    fixture.server.faults = () => undefined;
    expect(await store.publish(await staged(files, 'again'))).toMatchObject({
      outcome: 'published',
    });
    await expectWhole();
  });

  it('ends at once if it is canceled while the server does not answer', async () => {
    const store = await fixture.open();
    const ending = new AbortController();
    fixture.server.faults = () => {
      ending.abort(new Error('the job was canceled'));
      return 'no answer';
    };
    await expect(store.publish(await staged(), ending.signal)).rejects.toThrow(
      'the job was canceled',
    );
    expect(await fixture.keys()).toEqual([]);
  });

  it('is no hit as long as nobody can note that it was used', async () => {
    await (await fixture.openSound()).publish(await staged());
    const store = await fixture.open();
    fixture.server.faults = (request) => (isPut(request) ? 'answer lost' : undefined);
    await expect(store.claimHit(key)).rejects.toMatchObject({ code: 'store_unreachable' });
    expect(await fixture.keys()).toContain(usedKey(key));
  });
});
