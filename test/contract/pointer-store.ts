import { beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import type { PointerStore } from '../../src/core/ports/pointer-store.ts';
import type { TrackTarget } from '../../src/core/model/entry/pointer.ts';

export const pointerOf = (track_id: string, n: number): TrackTarget => ({
  track_id,
  config_hash: `c${n}`,
  source_hash: `s${n}`,
  artifact: 'a.json',
  manifest: 'manifest.json',
  etag: `e${n}`,
});

export function describePointerStore(name: string, make: () => Promise<PointerStore>): void {
  describe(`${name} as a pointer store`, () => {
    let store: PointerStore;
    beforeEach(async () => {
      store = await make();
    });

    it('knows no track before one is written', async () => {
      expect(await store.read('t')).toBeUndefined();
      expect(await all(store)).toEqual([]);
    });

    it('gives back the last one written', async () => {
      await store.write(pointerOf('t', 1));
      await store.write(pointerOf('t', 2));
      expect(await store.read('t')).toMatchObject(pointerOf('t', 2));
    });

    it('leaves a pointer that it makes durable as it is, once or twice', async () => {
      await store.write(pointerOf('t', 1));
      await store.confirm('t');
      await store.confirm('t');
      expect(await store.read('t')).toMatchObject(pointerOf('t', 1));
      await store.confirm('none');
      expect(await store.read('none')).toBeUndefined();
    });

    it.each([
      "Merry Christmas, Y'all - ai demo.mp3",
      '夜に駆ける',
      '../../x',
      'a%2Fb',
      'con',
      '100%',
      'x.json',
      'x'.repeat(250),
    ])('keeps the track %s apart from all others', async (id) => {
      await store.write(pointerOf(id, 1));
      await store.write(pointerOf('a/b', 2));
      await store.write(pointerOf('x', 3));
      expect(await store.read(id)).toMatchObject(pointerOf(id, 1));
      expect(await all(store)).toContain(id);
    });

    it('never says of a pointer that was replaced that it still stands', async () => {
      expect(await store.hold('t')).toBeUndefined();
      await store.write(pointerOf('t', 1));
      for (let n = 2; n < 20; n++) {
        const held = await store.hold('t');
        expect(held?.pointer).toMatchObject(pointerOf('t', n - 1));
        await store.write(pointerOf('t', n));
        expect(held?.isCurrent?.() ?? false).toBe(false);
        await store.write(pointerOf('t', n));
        expect(held?.isCurrent?.() ?? false).toBe(false);
      }
    });

    it('has no pointer any more that was removed, until one is written again', async () => {
      await store.write(pointerOf('t', 1));
      await store.write(pointerOf('other', 1));
      const held = await store.hold('t');
      expect(await store.remove('t')).toBe(true);
      expect(held?.isCurrent?.() ?? false).toBe(false);
      expect(await store.read('t')).toBeUndefined();
      expect(await store.hold('t')).toBeUndefined();
      expect(await all(store)).toEqual(['other']);
      expect(await store.remove('t')).toBe(false);
      await store.write(pointerOf('t', 1));
      expect(await store.read('t')).toMatchObject(pointerOf('t', 1));
    });

    it('refuses a track that can have no name', async () => {
      await expect(store.read('x'.repeat(300))).rejects.toMatchObject({ code: 'unsafe_track' });
      await expect(store.write(pointerOf('', 1))).rejects.toMatchObject({ code: 'unsafe_track' });
    });

    it('shows a reader one whole pointer or another while many are written', async () => {
      await store.write(pointerOf('t', 0));
      const writing = Promise.all(
        Array.from({ length: 30 }, (_, n) => store.write(pointerOf('t', n))),
      );
      for (let reads = 0; reads < 50; reads++) {
        const seen = await store.read('t');
        expect(seen?.config_hash.slice(1)).toBe(seen?.source_hash.slice(1));
      }
      await writing;
    });
  });
}

/** Of stores that tell, without reading it again, whether a pointer still stands. */
export function describeHeldPointers(name: string, make: () => Promise<PointerStore>): void {
  it(`${name} says of a pointer that it still stands, until it is replaced`, async () => {
    const store = await make();
    await store.write(pointerOf('t', 1));
    for (let n = 2; n < 20; n++) {
      // What was written a moment ago is not held.
      const held = await until(async () => {
        const found = await store.hold('t');
        return found?.isCurrent === undefined ? false : found;
      });
      expect(held.pointer).toMatchObject(pointerOf('t', n - 1));
      expect(held.isCurrent?.()).toBe(true);
      await store.write(pointerOf('t', n));
      expect(held.isCurrent?.()).toBe(false);
    }
  });
}

async function all(store: PointerStore): Promise<string[]> {
  const ids: string[] = [];
  for await (const listed of store.list())
    ids.push('error' in listed ? listed.error.message : listed.pointer.track_id);
  return ids;
}
