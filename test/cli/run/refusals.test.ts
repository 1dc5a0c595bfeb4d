import { existsSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../helpers/temp-dir.ts';
import { runProject, type RunProject } from './project.ts';

describe('cab run', () => {
  let { path, run, sh } = {} as RunProject;
  beforeEach(async () => {
    ({ path, run, sh } = await runProject());
  });

  it.each<[string, string[], RegExp, number]>([
    ['no command', ['-i', 'in.txt'], /no command is named/, 125],
    ['a program that is not there', ['--', 'no-such-program'], /there is no program/, 127],
    ['a program that may not be run', ['--', './in.txt'], /not executable/, 126],
    ['an input that is not there', ['-i', 'none', '--', 'true'], /no such file/, 125],
    ['a pattern without a match', ['-i', '*.none', '--', 'true'], /no file matches/, 125],
    [
      'an input outside',
      ['-i', '/etc/hostname', '--', 'true'],
      /outside of the project[^]*--input-outside/,
      125,
    ],
    ['an output outside', ['-o', '../out', '--', 'true'], /outside of the project/, 125],
    ['the project as an output', ['-o', '.', '--', 'true'], /the whole project/, 125],
    [
      'an input that is an output',
      ['-i', 'in.txt', '-o', 'in.txt', '--', 'true'],
      /as an input and as an output/,
      125,
    ],
    [
      'an output that is not made',
      ['-o', 'made', '--', 'true'],
      /the output made is not there/,
      125,
    ],
    [
      'a pattern of outputs that matches nothing',
      ['-o', '*.o', '--', 'true'],
      /no output matches/,
      125,
    ],
    ['a variable that is none', ['-e', '1X', '--', 'true'], /expected NAME/, 125],
    ['a device', ['-i', '/dev/null', '--input-outside', '--', 'true'], /not a regular file/, 125],
  ])('refuses %s by name', async (_, words, message, code) => {
    const ran = await run(words);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(code);
  });

  it('refuses an output that is a link out of the project', async () => {
    const { code, stderr } = await sh(['-o', 'l'], 'ln -s /etc/hostname l');
    expect(code).toBe(125);
    expect(stderr).toMatch(/the output l is a link that leads out of the project/);
  });

  it('writes nothing through a folder that is a link', async () => {
    await sh(['-o', 'out/a'], 'mkdir -p out && echo a > out/a');
    await rm(path('out'), { recursive: true });
    const elsewhere = await tempDir();
    await symlink(elsewhere, path('out'));
    const { code, stderr } = await sh(['-o', 'out/a'], 'mkdir -p out && echo a > out/a');
    expect(code).toBe(125);
    expect(stderr).toMatch(/out is no folder/);
    expect(existsSync(join(elsewhere, 'a'))).toBe(false);
  });
});
