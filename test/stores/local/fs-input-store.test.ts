import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FsInputStore } from '../../../src/stores/local/fs-input-store.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { describeInputStore } from '../../contract/input-store.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeInputStore('a directory', async () => new FsInputStore(layoutOf(await tempDir())));

describe('input that was sent', () => {
  it('goes with its job where it is small, and makes no file', async () => {
    const layout = layoutOf(await tempDir());
    const text = '{"tempo":1}';
    const store = new FsInputStore(layout);
    expect(await store.keep({ text }, store.placeOf({ text }, true))).toBe(text);
    await expect(readdir(layout.inputs)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('lies in a file from the start where it is large', async () => {
    const layout = layoutOf(await tempDir());
    const text = JSON.stringify('x'.repeat(100_000));
    const store = new FsInputStore(layout);
    const path = store.placeOf({ text }, true);
    expect(await store.keep({ text }, path)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('lies in a file from the start where it is no text, byte for byte', async () => {
    const layout = layoutOf(await tempDir());
    const store = new FsInputStore(layout);
    const bytes = Buffer.from([0xff, 0, 0xc0]);
    const path = store.placeOf({ bytes }, false);
    expect(await store.keep({ bytes }, path)).toBeUndefined();
    expect(await readFile(path)).toEqual(bytes);
    expect(basename(path)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('replaces a file that a crash of the machine left torn, and keeps one that is whole', async () => {
    const layout = layoutOf(await tempDir());
    const store = new FsInputStore(layout);
    const text = '{"tempo":1}';
    const path = store.placeOf({ text }, true);
    await mkdir(layout.inputs, { recursive: true });
    await writeFile(path, '\0\0\0');
    const { fingerprint } = await store.unfold(path, text);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect((await store.unfold(path, text)).fingerprint).toBe(fingerprint);
    await writeFile(path, '\0\0\0');
    const again = await store.unfold(path, text);
    await writeFile(path, '\0\0\0');
    expect(await again.isIntact()).toBe(false);
  });
});
