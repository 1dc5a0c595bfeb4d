/** The questions that bench/run-tools.js asks each tool, asked of cab: docs/explanation/beside-other-tools.md has the answers of the others. */
import { chmodSync, existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { appendFile, chmod, cp, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { cleanEnvironment, program } from '../../helpers/cab.ts';
import { runCommand } from '../../helpers/run-command.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const words = ['run', '-i', 'a.txt', '-i', 'src', '-o', 'out', '-o', 'sum.txt', '--', 'mix'];

describe('a job with three inputs, one of them not declared, and two outputs', () => {
  let dir = '';
  let project = '';
  const at = (name: string) => join(project, name);
  const put = (name: string, text: string) => writeFile(at(name), `${text}\n`);
  const environment = () => ({
    HOME: dir,
    PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`,
  });

  /** As long as `slow` is there, it waits half-way, and `reached` holds its pid. */
  const putTool = (version: number) =>
    writeFile(
      join(dir, 'bin/mix'),
      `#!/bin/sh
mkdir -p out/deep
rm -f out/deep/two.sh out/latest
printf '#!/bin/sh\\necho mix ${version}\\n' > out/deep/two.sh
chmod +x out/deep/two.sh
ln -s deep/two.sh out/latest
cat src/*.txt > sum.txt
if [ -x a.txt ]; then echo executable >> sum.txt; fi
{ echo mix ${version}; cat a.txt; } > out/one.txt
if [ -e ${dir}/slow ]; then echo $$ > ${dir}/pid; mv ${dir}/pid ${dir}/reached; fi
while [ -e ${dir}/slow ]; do sleep 0.1; done
cat hidden.txt >> out/one.txt
`,
      { mode: 0o755 },
    );

  const call = async () => {
    const { code, stderr } = await runCommand(words, { cwd: project, env: environment() });
    expect(code).toBe(0);
    return stderr;
  };

  const result = () => ({
    one: readFileSync(at('out/one.txt'), 'utf8'),
    two: readFileSync(at('out/deep/two.sh'), 'utf8'),
    latest: readlinkSync(at('out/latest')),
    isExecutable: (lstatSync(at('out/deep/two.sh')).mode & 0o100) !== 0,
    sum: readFileSync(at('sum.txt'), 'utf8'),
  });

  const right = {
    one: 'mix 1\na1\nh1\n',
    two: '#!/bin/sh\necho mix 1\n',
    latest: 'deep/two.sh',
    isExecutable: true,
    sum: 'b1\nv1\n',
  };

  beforeEach(async () => {
    dir = await tempDir();
    project = join(dir, 'project');
    for (const name of ['bin', 'project/src', 'project/data'])
      await mkdir(join(dir, name), { recursive: true });
    await put('cab.config.json', '{}');
    await put('a.txt', 'a1');
    await put('hidden.txt', 'h1');
    await put('src/b.txt', 'b1');
    await put('data/v1.txt', 'v1');
    await put('data/v2.txt', 'v2');
    await symlink('../data/v1.txt', at('src/current.txt'));
    await putTool(1);
    expect(await call()).toMatch(/^cab: computed/);
    expect(result()).toEqual(right);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['it is called again', async () => undefined],
    [
      'its outputs were removed',
      async () => {
        await rm(at('out'), { recursive: true });
        await rm(at('sum.txt'));
      },
    ],
    ['an output was edited', () => appendFile(at('sum.txt'), 'edited')],
    ['an output lost its executable bit', () => chmod(at('out/deep/two.sh'), 0o644)],
    ['an input was touched', () => utimes(at('a.txt'), new Date(), new Date())],
    [
      'an input was changed, and changed back',
      async () => {
        await put('a.txt', 'a2');
        expect(await call()).toMatch(/a\.txt changed/);
        await put('a.txt', 'a1');
      },
    ],
    [
      'the project was copied to another folder',
      async () => {
        await cp(project, join(dir, 'copy'), { recursive: true, verbatimSymlinks: true });
        project = join(dir, 'copy');
      },
    ],
  ])('is not run again, and its outputs are right, if %s', async (_, act) => {
    await act();
    expect(await call()).toMatch(/^cab: hit/);
    expect(result()).toEqual(right);
  });

  it.each<[string, () => unknown, Partial<typeof right>]>([
    ['an input was changed', () => put('a.txt', 'a2'), { one: 'mix 1\na2\nh1\n' }],
    [
      'an input was changed, and has an older time',
      async () => {
        await put('a.txt', 'a2');
        await utimes(at('a.txt'), new Date('2020-01-01'), new Date('2020-01-01'));
      },
      { one: 'mix 1\na2\nh1\n' },
    ],
    [
      'an input was made executable',
      () => chmodSync(at('a.txt'), 0o755),
      { sum: 'b1\nv1\nexecutable\n' },
    ],
    [
      'an input link was led elsewhere',
      async () => {
        await rm(at('src/current.txt'));
        await symlink('../data/v2.txt', at('src/current.txt'));
      },
      { sum: 'b1\nv2\n' },
    ],
    ['what an input link leads to was changed', () => put('data/v1.txt', 'w'), { sum: 'b1\nw\n' }],
    ['a file was added to an input folder', () => put('src/c.txt', 'c1'), { sum: 'b1\nc1\nv1\n' }],
    [
      'another tool of the same name stands on PATH',
      () => putTool(2),
      { one: 'mix 2\na1\nh1\n', two: '#!/bin/sh\necho mix 2\n' },
    ],
  ])('is run again if %s', async (_, act, other) => {
    await act();
    expect(await call()).toMatch(/^cab: computed/);
    expect(result()).toEqual({ ...right, ...other });
  });

  it('is run whole after it was killed half-way', async () => {
    await put('a.txt', 'a2');
    await put('../slow', '');
    const child = spawn(process.execPath, [program, ...words], {
      cwd: project,
      env: { ...cleanEnvironment(), ...environment() },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await expect.poll(() => existsSync(join(dir, 'reached')), { timeout: 30_000 }).toBe(true);
    child.kill('SIGKILL');
    process.kill(Number(readFileSync(join(dir, 'reached'), 'utf8')), 'SIGKILL');
    await ended;
    await rm(join(dir, 'slow'));
    expect(result().one).toBe('mix 1\na2\n');
    expect(await call()).toMatch(/^cab: computed/);
    expect(result()).toEqual({ ...right, one: 'mix 1\na2\nh1\n' });
  });

  it('is not told apart by what was not declared, until it is', async () => {
    await put('hidden.txt', 'h2');
    expect(await call()).toMatch(/^cab: hit/);
    const declared = [...words.slice(0, 1), '-i', 'hidden.txt', ...words.slice(1)];
    await runCommand(declared, { cwd: project, env: environment() });
    expect(result().one).toBe('mix 1\na1\nh2\n');
    await put('hidden.txt', 'h3');
    const { stderr } = await runCommand(declared, { cwd: project, env: environment() });
    expect(stderr).toMatch(/\(hidden\.txt changed\)/);
    expect(result().one).toBe('mix 1\na1\nh3\n');
  });
});
