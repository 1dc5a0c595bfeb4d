import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hashing/digest.ts';
import { bytesOf, sealed } from '../../src/core/hashing/manifest-seal.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import type { Broker } from '../../src/core/engine/broker.ts';
import type { OfferedEntry, Upstream } from '../../src/core/ports/upstream.ts';

export interface UpstreamFixture {
  readonly upstream: Upstream;
  /** The broker behind it. */
  readonly far: Broker;
}

const key: EntryKey = { config_hash: 'c'.repeat(64), source_hash: 's'.repeat(64) };

/** An entry that is ready to be sent: its artifact first, then other files. */
export function offered(
  key: EntryKey,
  texts: Readonly<Record<string, string>>,
  read: (path: string) => void = () => undefined,
): OfferedEntry {
  const files = Object.entries(texts).map(([path, text]) => ({
    ...{ path, sha256: sha256(text), size: Buffer.byteLength(text) },
    open: async () => {
      read(path);
      return Readable.from([Buffer.from(text)]);
    },
  }));
  const listed = files.map(({ path, sha256, size }) => ({
    ...{ path, sha256, size, content_type: 'text/plain' },
  }));
  const [artifact = { path: '', sha256: '', size: 0, content_type: '' }, ...others] = listed;
  const manifest = sealed({
    ...key,
    artifact: { ...artifact, etag: artifact.sha256 },
    ...(others.length > 0 && { files: others }),
  });
  return { key, manifest: bytesOf(manifest), files };
}

export function describeUpstream(name: string, make: () => Promise<UpstreamFixture>): void {
  describe(`${name} as an upstream`, () => {
    const question = { via: ['me'], signal: new AbortController().signal };
    const never = question.signal;
    let upstream: Upstream;
    let far: Broker;
    beforeEach(async () => {
      ({ upstream, far } = await make());
    });
    afterEach(() => upstream.close());

    const textOf = async (path: string): Promise<string> =>
      (await buffer((await far.open(key, path)).stream())).toString();

    it('answers, and has no name that holds a secret', async () => {
      await upstream.probe(never);
      expect(upstream.name).toMatch(/^\S+$/);
    });

    it('has no entry that nobody sent', async () => {
      expect(await upstream.manifest(key, question)).toBeUndefined();
    });

    it('gives what was sent, byte for byte', async () => {
      const entry = offered(key, { 'a.json': 'one', 'deep/ä b': 'two', empty: '' });
      expect(await upstream.push(entry, never)).toBe('pushed');
      expect(await upstream.manifest(key, question)).toEqual(Buffer.from(entry.manifest));
      const read = (path: string) =>
        upstream.file(key, path, question, async (bytes) => Buffer.concat(await gathered(bytes)));
      expect((await read('deep/ä b')).toString()).toBe('two');
      expect(await textOf('a.json')).toBe('one');
      expect(await textOf('empty')).toBe('');
    });

    it('takes an entry twice, and reads no file for it the second time', async () => {
      const entry = offered(key, { 'a.json': 'one' });
      await upstream.push(entry, never);
      const read: string[] = [];
      const again = offered(key, { 'a.json': 'one' }, (path) => read.push(path));
      expect(await upstream.push(again, never)).toBe('stands');
      expect(read).toEqual([]);
    });

    it('keeps the first of two entries of one key, and says so', async () => {
      await upstream.push(offered(key, { 'a.json': 'one' }), never);
      expect(await upstream.push(offered(key, { 'a.json': 'other' }), never)).toBe('other');
      expect(await textOf('a.json')).toBe('one');
    });

    it('lets one of two senders win who send other bytes at the same time', async () => {
      const outcomes = await Promise.all(
        ['one', 'two', 'three'].map((text) =>
          upstream.push(offered(key, { 'a.json': text, same: 'same' }), never),
        ),
      );
      expect(outcomes.toSorted()).toEqual(['other', 'other', 'pushed']);
      expect(await textOf('a.json')).toBe(['one', 'two', 'three'][outcomes.indexOf('pushed')]);
    });

    it('takes nothing of an entry whose file cannot be read, and after that only what is missing', async () => {
      const texts = { 'a.json': 'one', b: 'two' };
      const broken = offered(key, texts);
      const files = broken.files.map((file) =>
        file.path === 'b' ? { ...file, open: () => Promise.reject(new Error('no disk')) } : file,
      );
      await expect(upstream.push({ ...broken, files }, never)).rejects.toThrow('no disk');
      expect(await upstream.manifest(key, question)).toBeUndefined();
      const read: string[] = [];
      expect(
        await upstream.push(
          offered(key, texts, (path) => read.push(path)),
          never,
        ),
      ).toBe('pushed');
      expect(read).toEqual(['b']);
    });

    it('says that only this entry cannot be had if a file of it is not there', async () => {
      await upstream.push(offered(key, { 'a.json': 'one' }), never);
      await expect(
        upstream.file(key, 'other', question, (bytes) => gathered(bytes)),
      ).rejects.toMatchObject({ code: 'upstream_entry_invalid' });
    });

    it('ends with the reason of its signal', async () => {
      const over = { ...question, signal: AbortSignal.abort(new Error('over')) };
      await expect(upstream.manifest(key, over)).rejects.toThrow('over');
      await expect(upstream.push(offered(key, { a: 'a' }), over.signal)).rejects.toThrow('over');
    });
  });
}

async function gathered(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return pieces;
}
