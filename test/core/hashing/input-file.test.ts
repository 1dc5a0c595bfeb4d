import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { readInputFile } from '../../../src/core/hashing/input-file.ts';
import { bundle } from '../../helpers/bundle.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

let path: string;
beforeEach(async () => {
  path = join(await tempDir(), 'song.json');
  await writeFile(path, '1');
});

describe('an input that the system does not give', () => {
  const failing = (errno: string): NodeJS.ErrnoException =>
    Object.assign(new Error(`${errno}: read`), { code: errno });
  const reading = (error: Error): Promise<unknown> =>
    readInputFile(path, () => Promise.reject(error));

  it.each(['ESTALE', 'EBUSY', 'ENOMEM', 'ETIMEDOUT', 'EMFILE'])(
    'for a reason that may pass (%s) may be submitted again',
    async (errno) => {
      const error = failing(errno);
      await expect(reading(error)).rejects.toMatchObject({
        code: 'io_error',
        retry: 'outside',
        message: expect.stringContaining(path) as unknown,
        cause: error,
      });
    },
  );

  it('for a reason that says something of the file is unreadable', async () => {
    const error = failing('EOVERFLOW');
    await expect(reading(error)).rejects.toMatchObject({
      code: 'input_unreadable',
      message: `${path} cannot be read (EOVERFLOW)`,
      cause: error,
    });
  });

  it('under a name that is no text may be there all the same', async () => {
    const odd = path.replace('song', 'caf\uFFFD');
    await expect(readInputFile(odd, () => Promise.resolve())).rejects.toMatchObject({
      code: 'input_not_found',
      message: `${odd} cannot be named: its name is not UTF-8`,
    });
  });

  it('is told apart from a defect, which is passed on', async () => {
    const error = failing('ERR_OUT_OF_RANGE');
    await expect(reading(error)).rejects.toBe(error);
  });

  it('because no descriptor is free may be submitted again', async () => {
    const script = await bundle(join(import.meta.dirname, 'blind-input.ts'));
    const line = 'ulimit -n 512 && exec node "$0" "$1"';
    const { stdout } = await execa('sh', ['-c', line, script.path, path]);
    await script.remove();
    expect(stdout).toBe(`io_error: ${path} cannot be opened: too many files are open`);
  });
});
