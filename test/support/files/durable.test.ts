import { stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDirectory, syncDirectory } from '../../../src/support/files/durable.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describe('making a directory', () => {
  it('makes those above it, and is content with what is there', async () => {
    const dir = await tempDir();
    const deep = join(dir, 'a/b/c');
    await makeDirectory(deep);
    await makeDirectory(deep);
    expect((await stat(deep)).isDirectory()).toBe(true);
  });

  it('is content with a link to a directory', async () => {
    const dir = await tempDir();
    await symlink(await tempDir(), join(dir, 'link'));
    await makeDirectory(join(dir, 'link/a'));
    expect((await stat(join(dir, 'link/a'))).isDirectory()).toBe(true);
  });

  it('lets many make the same one at once', async () => {
    const deep = join(await tempDir(), 'a/b/c/d');
    await Promise.all(Array.from({ length: 20 }, () => makeDirectory(deep)));
    expect((await stat(deep)).isDirectory()).toBe(true);
  });

  it('ends with an error where a file is in the way', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'file'), '');
    await expect(makeDirectory(join(dir, 'file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeDirectory(join(dir, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(process.platform === 'linux')(
    'ends with an error where the file system takes none',
    async () => {
      await expect(makeDirectory('/proc/cab-root/.cab')).rejects.toMatchObject({ code: 'ENOTDIR' });
    },
  );
});

describe('flushing a directory', () => {
  it('serves all who ask at once, and those who ask meanwhile', async () => {
    const dir = await tempDir();
    const first = syncDirectory(dir);
    const later = [syncDirectory(dir), syncDirectory(dir)];
    expect(later[0]).not.toBe(first);
    expect(later[1]).toBe(later[0]);
    await Promise.all([first, ...later]);
    await syncDirectory(dir);
  });

  it('tells each of them where it is not there, and serves the next', async () => {
    const dir = join(await tempDir(), 'later');
    const asked = await Promise.allSettled([syncDirectory(dir), syncDirectory(dir)]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await makeDirectory(dir);
    await syncDirectory(dir);
  });
});
