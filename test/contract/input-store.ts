import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../src/core/hashing/digest.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SentInput } from '../../src/core/model/request/sent-input.ts';
import { tempDir } from '../helpers/temp-dir.ts';
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

    /** The file that a runner is to read, made as the engine makes it. */
    const kept = async (sent: SentInput, place: string): Promise<Buffer> => {
      const text = await store.keep(sent, place);
      expect(await store.keep(sent, place)).toBe(text);
      if (text === undefined) {
        await store.fetch(place);
        await store.fetch(place);
      } else await store.unfold(place, text);
      return readFile(place);
    };

    it.each<[string, SentInput]>([
      ['a small text', { text: small }],
      ['a large text', { text: large }],
      ['what is no text', { bytes: Buffer.from([0xff, 0, 0xc0]) }],
    ])('gives a runner %s byte for byte', async (_, sent) => {
      const content = 'bytes' in sent ? sent.bytes : 'text' in sent ? Buffer.from(sent.text) : '';
      const file = await kept(sent, store.placeOf(sent, false));
      expect(sha256(file)).toBe(sha256(content));
    });

    it('keeps a named file for other machines, or says that it does not', async () => {
      const file = join(await tempDir(), 'spine.db');
      await writeFile(file, large);
      const place = await store.keepFile(file, sha256(large));
      expect(await store.keepFile(file, sha256(large))).toBe(place);
      if (place === undefined) return;
      expect(store.owns(place)).toBe(true);
      await Promise.all([store.fetch(place), store.fetch(place)]);
      expect(await readFile(place, 'utf8')).toBe(large);
      // Another process may be reading what stands there.
      await writeFile(place, 'damaged');
      await store.fetch(place);
      expect(await readFile(place, 'utf8')).toBe('damaged');
      await store.renew(place);
      expect(await readFile(place, 'utf8')).toBe(large);
    });

    it('keeps nothing that was not sent, and makes no file of it', async () => {
      const place = store.placeOf({ text: small }, true);
      await store.fetch(place);
      await expect(readFile(place)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('makes the file of a text once, and says whether it still holds it', async () => {
      const place = store.placeOf({ text: small }, true);
      const unfolded = await store.unfold(place, small);
      expect(await unfolded.isIntact()).toBe(true);
      const [again] = await Promise.all([store.unfold(place, small), store.unfold(place, small)]);
      expect(again.fingerprint).toBe(unfolded.fingerprint);
      await writeFile(place, 'torn');
      expect(await unfolded.isIntact()).toBe(false);
      await store.unfold(place, small);
      expect(await readFile(place, 'utf8')).toBe(small);
    });
  });
}
