/** What the user has to mend is told in a line, with its exit code, and not as a defect of cab. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

describe('a root', () => {
  it.each([
    ...['status', 'tracks', 'get a', 'history a', 'logs a', 'cancel a'],
    ...['verify', 'gc', 'pin', 'pin a', 'unpin a'],
  ])('that is a file is told as such: %s', async (command) => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'file'), '');
    for (const root of ['file', 'file/below'])
      expect(await cab([...command.split(' '), '--cas-root', root], { cwd })).toEqual({
        stdout: '',
        stderr: `error: the root ${join(cwd, root)} is not a directory\n  hint: Move it away, or choose another root with --cas-root.\n`,
        code: 4,
        signal: null,
      });
  });
});
