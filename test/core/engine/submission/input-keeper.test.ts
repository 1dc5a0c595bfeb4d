import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { InputKeeper } from '../../../../src/core/engine/submission/input-keeper.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

describe('input that was sent', () => {
  it('goes with its job where it is small, and makes no file', async () => {
    const layout = layoutOf(await tempDir());
    const text = '{"tempo":1}';
    const keeper = new InputKeeper(layout);
    expect(await keeper.keep({ text }, keeper.nameOf({ text }, true))).toBe(text);
    await expect(readdir(layout.inputs)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('lies in a file from the start where it is large', async () => {
    const layout = layoutOf(await tempDir());
    const text = JSON.stringify('x'.repeat(100_000));
    const keeper = new InputKeeper(layout);
    const path = keeper.nameOf({ text }, true);
    expect(await keeper.keep({ text }, path)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it('lies in a file from the start where it is no text, byte for byte', async () => {
    const layout = layoutOf(await tempDir());
    const keeper = new InputKeeper(layout);
    const bytes = Buffer.from([0xff, 0, 0xc0]);
    const path = keeper.nameOf({ bytes }, false);
    expect(await keeper.keep({ bytes }, path)).toBeUndefined();
    expect(await readFile(path)).toEqual(bytes);
    expect(extname(path)).toBe('');
  });

  it('replaces a file that a crash of the machine left torn, and keeps one that is whole', async () => {
    const layout = layoutOf(await tempDir());
    const keeper = new InputKeeper(layout);
    const text = '{"tempo":1}';
    const path = keeper.nameOf({ text }, true);
    await mkdir(layout.inputs, { recursive: true });
    await writeFile(path, '\0\0\0');
    const first = await keeper.unfold(path, text);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(await keeper.unfold(path, text)).toEqual(first);
  });
});
