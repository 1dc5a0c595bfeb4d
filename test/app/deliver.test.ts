import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { matchesEtag, toFile, toStream } from '../../src/app/deliver.ts';
import { sha256 } from '../../src/core/hashing/digest.ts';
import type { OpenedFile } from '../../src/core/cas/entry-store.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const file = (bytes: Buffer, etag = sha256(bytes)): OpenedFile => ({
  name: 'a.json',
  path: null,
  size: bytes.length,
  etag,
  contentType: 'application/json',
  stream: () => Readable.from([bytes]),
  close: () => Promise.resolve(),
});

describe('a delivery to a file', () => {
  it('replaces it whole', async () => {
    const target = join(await tempDir(), 'out.json');
    await writeFile(target, 'a much longer text that was there before');
    await toFile(file(Buffer.from('new')), target);
    expect(await readFile(target, 'utf8')).toBe('new');
  });

  it('leaves all as it was where the bytes do not match their digest', async () => {
    const dir = await tempDir();
    const target = join(dir, 'out.json');
    await writeFile(target, 'old');
    const wrong = file(Buffer.from('new'), sha256('other'));
    await expect(toFile(wrong, target)).rejects.toMatchObject({ code: 'hash_mismatch' });
    expect(await readFile(target, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['out.json']);
  });

  it('names the place that cannot be written', async () => {
    const target = join(await tempDir(), 'no/such/dir/out.json');
    await expect(toFile(file(Buffer.from('x')), target)).rejects.toMatchObject({
      code: 'usage',
      message: `${target} cannot be written (ENOENT)`,
    });
  });
});

describe('a delivery to a stream', () => {
  const written = async (bytes: Buffer, isTerminal: boolean): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    await toStream(file(bytes), async (chunk) => void chunks.push(chunk), isTerminal);
    return Buffer.concat(chunks);
  };

  it('keeps binary bytes from a terminal alone', async () => {
    const binary = Buffer.from([1, 0, 2]);
    await expect(written(binary, true)).rejects.toMatchObject({ code: 'usage' });
    expect(await written(binary, false)).toEqual(binary);
    expect(await written(Buffer.from('text'), true)).toEqual(Buffer.from('text'));
  });
});

describe('If-None-Match', () => {
  it.each([
    ['abc', true],
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", "abc"', true],
    ['*', true],
    ['abcd', false],
    ['', false],
  ])('%j matches abc: %s', (list, matches) => expect(matchesEtag(list, 'abc')).toBe(matches));
});
