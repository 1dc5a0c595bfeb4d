import { existsSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/cli/settings/config-schema.ts';
import { runCommand } from '../../helpers/run-command.ts';
import { runProject, type RunProject } from './project.ts';

describe('a recipe', () => {
  let { dir, path, run } = {} as RunProject;
  beforeEach(async () => {
    ({ dir, path, run } = await runProject());
  });

  const recipes = (jobs: unknown) => writeFile(path('cab.config.json'), JSON.stringify({ jobs }));
  const upper = {
    command: ['sh', '-c', 'mkdir -p out; tr a-z A-Z < {input} > out/{stem}.up; echo {name}'],
    inputs: ['{input}'],
    outputs: ['out/{stem}.up'],
    env: ['LEVEL'],
  };

  it('runs once for each file that is named, wherever it is called', async () => {
    await recipes({ upper });
    await mkdir(path('songs'));
    await writeFile(path('songs/a.txt'), 'abc');
    await writeFile(path('songs/b.txt'), 'def');
    const first = await run(['upper', 'a.txt', '../songs/b.txt'], { cwd: path('songs') });
    expect(first).toMatchObject({ code: 0, stdout: 'a.txt\nb.txt\n' });
    expect(readFileSync(path('out/b.up'), 'utf8')).toBe('DEF');
    const again = await run(['upper', 'songs/a.txt']);
    expect(again.stderr).toMatch(/^cab: hit/);
    const other = await run(['upper', 'songs/a.txt'], { env: { LEVEL: '2' } });
    expect(other.stderr).toMatch(/LEVEL is another/);
  });

  it('may be a line for the shell, and be about no file', async () => {
    await recipes({ all: { command: 'cat *.txt | wc -l', inputs: ['*.txt'] } });
    expect(await run(['all'])).toMatchObject({ code: 0, stdout: '1\n' });
    expect((await run(['all'])).stderr).toMatch(/^cab: hit/);
  });

  it('runs no part of a name, whatever the name is, and counts the file', async () => {
    await recipes({
      line: {
        command: `cat {input}; echo '{name}' "{name}" {stem} "$(echo {name})"`,
        inputs: ['{input}'],
      },
      words: { command: ['cat', '{input}'], inputs: ['{name}'] },
    });
    const names = ['a b.txt', '$(touch pwned).txt', `q"'.txt`, '-n.txt', '!x.txt', '{stem}.txt'];
    for (const name of names) {
      await writeFile(path(name), 'one\n');
      const stem = name.slice(0, -'.txt'.length);
      const said = await run(['line', `./${name}`]);
      expect(said).toMatchObject({ code: 0, stdout: `one\n${name} ${name} ${stem} ${name}\n` });
      expect((await run(['words', `./${name}`])).stdout).toBe('one\n');
      await writeFile(path(name), 'two\n');
      expect((await run(['words', `./${name}`])).stdout).toBe('two\n');
    }
    expect(existsSync(path('pwned'))).toBe(false);
  });

  it.each<[string, unknown, string[], RegExp]>([
    ['is not there', { upper }, ['uper', 'in.txt'], /no recipe "uper"[^]*cab run upper/],
    ['is none, for there is none', {}, ['make', 'app'], /cab run -- make/],
    ['takes a file, and is named none', { upper }, ['upper'], /is about a file/],
    ['takes no file', { x: { command: 'true' } }, ['x', 'in.txt'], /no place for a file/],
    ['is given a file elsewhere', { upper }, ['upper', '/etc/hostname'], /outside of the project/],
    [
      'has a misspelt placeholder',
      { x: { command: 'cat {inptu}' } },
      ['x'],
      /\{inptu\}; did you mean \{input\}/,
    ],
    ['has an unknown member', { x: { command: 'true', output: ['a'] } }, ['x'], /jobs\.x/],
    ['has no command', { x: {} }, ['x'], /jobs\.x\.command/],
    ['has a name that is none', { 'a b': { command: 'true' } }, ['a b'], /is no name of a recipe/],
    ['stands before a command', { upper }, ['upper', '--', 'true'], /before --/],
  ])('is refused by name if it %s', async (_, jobs, words, message) => {
    await recipes(jobs);
    const { code, stderr } = await run(words);
    expect(stderr).toMatch(message);
    expect(code).toBe(125);
  });

  it('is described by the JSON Schema, as all settings are', () => {
    const isValid = new Ajv2020({ strict: false }).compile(configSchema());
    expect(isValid({ $schema: 'x', timeout: '5m', run: { quiet: true }, jobs: { upper } })).toBe(
      true,
    );
    expect(isValid({ jobs: { upper: { ...upper, comand: 'x' } } })).toBe(false);
    expect(isValid({ timeuot: '5m' })).toBe(false);
  });

  it('has a place once cab init has been called, which overwrites nothing', async () => {
    const init = () => runCommand(['init'], { cwd: dir });
    expect(await init()).toMatchObject({
      code: 0,
      stdout: 'wrote cab.config.json\nwrote .gitignore\n',
    });
    const { $schema, ...rest } = JSON.parse(
      readFileSync(path('cab.config.json'), 'utf8'),
    ) as Record<string, string>;
    expect(rest).toEqual({ cas_root: 'data/echo_cas', jobs: {} });
    expect(existsSync($schema ?? '')).toBe(true);
    expect(readFileSync(path('.gitignore'), 'utf8')).toBe('/data/echo_cas/\n');
    expect(await init()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already') as string,
    });
    rmSync(path('.gitignore'));
    expect(await init()).toMatchObject({ code: 0, stdout: 'wrote .gitignore\n' });
    expect((await run(['--', 'true'])).code).toBe(0);
  });
});
