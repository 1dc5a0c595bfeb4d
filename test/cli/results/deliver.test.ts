import { execa } from 'execa';
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { matchesEtag, toFile, toStream } from '../../../src/cli/results/deliver.ts';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import type { OpenedFile } from '../../../src/core/ports/entry-store.ts';
import { CabError } from '../../../src/core/model/errors.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const file = (bytes: Buffer, etag = sha256(bytes)): OpenedFile => ({
  name: 'a.json',
  path: null,
  size: bytes.length,
  etag,
  contentType: 'application/json',
  stream: () => Readable.from([bytes]),
  close: () => Promise.resolve(),
});

const noRoot = '/no/such/root';

describe('a delivery to a file', () => {
  it('replaces it whole', async () => {
    const target = join(await tempDir(), 'out.json');
    await writeFile(target, 'a much longer text that was there before');
    await toFile(file(Buffer.from('new')), target, noRoot);
    expect(await readFile(target, 'utf8')).toBe('new');
  });

  it('leaves a link in its place, and replaces the file that it leads to', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'real.json'), 'old');
    await symlink('real.json', join(dir, 'link.json'));
    await toFile(file(Buffer.from('new')), join(dir, 'link.json'), noRoot);
    expect(await readlink(join(dir, 'link.json'))).toBe('real.json');
    expect(await readFile(join(dir, 'real.json'), 'utf8')).toBe('new');
  });

  it('goes into a pipe that stands there, and leaves it', async () => {
    const pipe = join(await tempDir(), 'pipe');
    await execa('mkfifo', [pipe]);
    const [read] = await Promise.all([
      readFile(pipe, 'utf8'),
      toFile(file(Buffer.from('new')), pipe, noRoot),
    ]);
    expect(read).toBe('new');
    expect((await stat(pipe)).isFIFO()).toBe(true);
  });

  it('touches nothing of the root, however it is named', async () => {
    const dir = await tempDir();
    const root = join(dir, 'tree');
    const jobs = join(root, '.cab/jobs.db');
    await mkdir(join(root, '.cab'), { recursive: true });
    await writeFile(jobs, 'queue');
    await symlink(root, join(dir, 'link'));
    for (const target of [jobs, join(dir, 'link/.cab/jobs.db'), join(root, 'new.json')])
      await expect(toFile(file(Buffer.from('new')), target, root)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining('lies in the root') as unknown,
      });
    expect(await readFile(jobs, 'utf8')).toBe('queue');
    expect(await readdir(root)).toEqual(['.cab']);
  });

  it('leaves all as it was if the bytes turn out not to match their digest', async () => {
    const dir = await tempDir();
    const target = join(dir, 'out.json');
    await writeFile(target, 'old');
    const pieces = async function* () {
      yield Buffer.from('new');
      throw new CabError('hash_mismatch', 'a.json was changed while it was read');
    };
    const wrong = { ...file(Buffer.from('new')), stream: () => Readable.from(pieces()) };
    await expect(toFile(wrong, target, noRoot)).rejects.toMatchObject({ code: 'hash_mismatch' });
    expect(await readFile(target, 'utf8')).toBe('old');
    expect(await readdir(dir)).toEqual(['out.json']);
  });

  it('names the place that cannot be written', async () => {
    const target = join(await tempDir(), 'no/such/dir/out.json');
    await expect(toFile(file(Buffer.from('x')), target, noRoot)).rejects.toMatchObject({
      code: 'usage',
      message: `there is no folder ${dirname(target)}`,
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
