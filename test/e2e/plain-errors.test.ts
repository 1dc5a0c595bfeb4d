/** What the user has to mend is told in a line, with its exit code, and not as a defect of cab. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cab, program } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

describe('a working directory that was deleted', () => {
  const within = async (...args: string[]): Promise<{ stdout: string; told: unknown[] }> => {
    const gone = join(await tempDir(), 'gone');
    const script = 'mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"';
    const command = [script, gone, process.execPath, program, ...args];
    const { stdout, stderr, status } = spawnSync('sh', ['-c', ...command], { encoding: 'utf8' });
    return { stdout, told: [stderr, status] };
  };

  it.each(['--version', '--help', 'status', 'submit a.json'])('is told by %s', async (command) => {
    expect(await within(...command.split(' '))).toEqual({
      stdout: '',
      told: [
        'error: the working directory does not exist any more\n  hint: Change to a directory that exists.\n',
        2,
      ],
    });
  });

  it('is told as JSON where JSON is wanted', async () => {
    const { stdout, told } = await within('status', '--json');
    expect([JSON.parse(stdout), told]).toMatchObject([{ error: 'usage' }, ['', 2]]);
  });
});

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

describe('cab spine', () => {
  it('says what it knows', async () => {
    expect(await cab(['spine', 'foo'])).toMatchObject({
      code: 2,
      stderr: 'error: unknown command "spine foo"\n  hint: There is: cab spine import\n',
    });
    expect(await cab(['spine', '--help', 'foo'])).toMatchObject({ code: 2 });
    expect(await cab(['spine'])).toMatchObject({ code: 0 });
  });

  it('speaks of no job where the file is not there', async () => {
    const cwd = await tempDir();
    expect(await cab(['spine', 'import', 'no.csv', '--out', 'spine.db'], { cwd })).toMatchObject({
      code: 2,
      stderr: `error: ${join(cwd, 'no.csv')}: there is no such file\n  hint: Check the path.\n`,
    });
  });
});
