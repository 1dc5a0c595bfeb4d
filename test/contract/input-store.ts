import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { InputStore } from '../../src/core/ports/input-store.ts';

export function describeInputStore(name: string, make: () => Promise<InputStore>): void {
  describe(`${name} as a store of inputs`, () => {
    let store: InputStore;
    beforeEach(async () => {
      store = await make();
    });

    const small = '{"tempo":1}';
    const large = JSON.stringify('x'.repeat(100_000));

    it('gives the same content the same place, and knows the place for its own', () => {
      const place = store.placeOf({ text: small }, true);
      expect(store.placeOf({ bytes: Buffer.from(small) }, true)).toBe(place);
      expect(store.placeOf({ text: small }, false)).not.toBe(place);
      expect(store.placeOf({ text: large }, true)).not.toBe(place);
      expect(store.owns(place)).toBe(true);
      expect(store.owns('/music/song.json')).toBe(false);
      expect(store.currentPlace(place)).toBe(place);
    });

    it('makes nothing of a small text before a runner is to read it', async () => {
      const place = store.placeOf({ text: small }, true);
      expect(await store.keep({ text: small }, place)).toBe(small);
      expect(store.has(place)).toBe(false);
      const unfolded = await store.unfold(place, small);
      expect(store.has(place)).toBe(true);
      expect(await readFile(place, 'utf8')).toBe(small);
      expect(await unfolded.isIntact()).toBe(true);
      expect((await store.unfold(place, small)).fingerprint).toBe(unfolded.fingerprint);
    });

    it.each([
      ['a large text', { text: large }],
      ['what is no text', { bytes: Buffer.from([0xff, 0, 0xc0]) }],
    ])('keeps %s byte for byte, and gives nothing back', async (_, sent) => {
      const place = store.placeOf(sent, false);
      expect(await store.keep(sent, place)).toBeUndefined();
      expect(await store.keep(sent, place)).toBeUndefined();
      expect(store.has(place)).toBe(true);
      expect(await readFile(place)).toEqual('text' in sent ? Buffer.from(sent.text) : sent.bytes);
    });
  });
}
