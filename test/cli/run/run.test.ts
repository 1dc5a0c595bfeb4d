import { chmodSync, existsSync, lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { appendFile, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { runProject, type RunProject } from './project.ts';

describe('cab run', () => {
  let { dir, path, run, sh } = {} as RunProject;
  beforeEach(async () => {
    ({ dir, path, run, sh } = await runProject());
  });

  const text = (name: string) => readFileSync(path(name), 'utf8');

  it('runs a command once, and gives its outputs, what it wrote and its exit code the next time', async () => {
    const line = 'cat in.txt in.txt > out.txt; echo said; echo warned >&2; echo more';
    const first = await sh(['-i', 'in.txt', '-o', 'out.txt'], line);
    expect(first).toMatchObject({ code: 0, stdout: 'said\nmore\n' });
    expect(first.stderr).toMatch(/^warned\ncab: computed in [\d.]+m?s \(first run\)\n$/);
    await rm(path('out.txt'));
    const second = await sh(['-i', 'in.txt', '-o', 'out.txt'], line);
    expect(second).toMatchObject({ code: 0, stdout: 'said\nmore\n' });
    expect(second.stderr).toMatch(/^warned\ncab: hit, saved \d+ms\n$/);
    expect(text('out.txt')).toBe('one\none\n');
  });

  it('runs again, and says why, once an input, a variable, a program or the command is another', async () => {
    await writeFile(path('tool'), '#!/bin/sh\ncat in.txt\n', { mode: 0o755 });
    const flags = ['-i', 'in.txt', '-e', 'LEVEL'];
    const again = (more: Record<string, string> = {}, words = ['./tool']) =>
      run([...flags, '--', ...words], { env: more });
    await again({ LEVEL: '1' });
    expect((await again({ LEVEL: '1' })).stderr).toMatch(/^cab: hit/);
    expect((await again({ LEVEL: '2' })).stderr).toMatch(/\(LEVEL is another\)/);
    await writeFile(path('in.txt'), 'two\n');
    expect((await again({ LEVEL: '2' })).stderr).toMatch(/\(in\.txt changed\)/);
    await writeFile(path('tool'), '#!/bin/sh\ncat in.txt in.txt\n');
    const other = await again({ LEVEL: '2' });
    expect(other.stderr).toMatch(/\(the program \.\/tool is another\)/);
    expect(other.stdout).toBe('two\ntwo\n');
    expect((await again({ LEVEL: '2' }, ['./tool', 'x'])).stderr).toMatch(/\(first run\)/);
    await utimes(path('in.txt'), new Date(), new Date());
    expect((await again({ LEVEL: '2' })).stderr).toMatch(/^cab: hit/);
  });

  it('keeps a program that was upgraded apart by the interpreter that it names', async () => {
    await mkdir(path('bin'));
    await writeFile(path('bin/speak'), '#!/bin/sh\necho old\n', { mode: 0o755 });
    await writeFile(path('script'), '#!/usr/bin/env -S speak\n', { mode: 0o755 });
    const more = { env: { PATH: `${path('bin')}:${process.env['PATH'] ?? ''}` } };
    await run(['--', './script'], more);
    await writeFile(path('bin/speak'), '#!/bin/sh\necho new\n');
    const after = await run(['--', './script'], more);
    expect(after.stderr).toMatch(/the program speak is another/);
  });

  it('gives the command the variables that were declared, and few others', async () => {
    const more = { env: { SECRET: 'x', CAB_TOKEN: 'y', KEPT: 'k', LC_ALL: 'C' } };
    const { stdout } = await run(['-e', 'KEPT', '-e', 'SET=v', '-e', 'UNSET', '--', 'env'], more);
    const names = stdout.split('\n').map((line) => line.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOME', 'KEPT', 'SET', 'LC_ALL']));
    for (const name of ['SECRET', 'CAB_TOKEN', 'UNSET']) expect(names).not.toContain(name);
    const all = await run(['--env-all', '--', 'env'], more);
    expect(all.stdout).toContain('SECRET=x');
    expect(all.stdout).not.toContain('CAB_TOKEN');
  });

  it('restores folders, modes and links, removes what an output folder holds beside, and leaves alone what stands', async () => {
    const line =
      'mkdir -p out/deep && echo a > out/deep/a && echo b > out/b && chmod +x out/b && ln -sf deep/a out/latest';
    await sh(['-i', 'in.txt', '-o', 'out'], line);
    const before = lstatSync(path('out/deep/a'), { bigint: true }).mtimeNs;
    await rm(path('out/b'));
    await rm(path('out/latest'));
    await writeFile(path('out/stray'), '');
    const hit = await sh(['-i', 'in.txt', '-o', 'out'], line);
    expect(hit.stderr).toMatch(/^cab: hit/);
    expect(lstatSync(path('out/deep/a'), { bigint: true }).mtimeNs).toBe(before);
    expect(lstatSync(path('out/b')).mode & 0o111).not.toBe(0);
    expect(readlinkSync(path('out/latest'))).toBe('deep/a');
    expect(existsSync(path('out/stray'))).toBe(false);
    await appendFile(path('out/b'), 'edited');
    await sh(['-i', 'in.txt', '-o', 'out'], line);
    expect(text('out/b')).toBe('b\n');
  });

  it('only replays with --no-restore', async () => {
    await sh(['-o', 'out.txt'], 'echo x | tee out.txt');
    await rm(path('out.txt'));
    expect((await sh(['--no-restore', '-o', 'out.txt'], 'echo x | tee out.txt')).stdout).toBe(
      'x\n',
    );
    expect(existsSync(path('out.txt'))).toBe(false);
  });

  it('keeps every byte that the command wrote, in its order', async () => {
    const line = String.raw`printf '\377\000a'; printf err >&2; sleep 0.05; printf 'end\n'`;
    const first = await runBytes(line);
    expect(await runBytes(line)).toEqual(first);
  });

  const runBytes = async (line: string) => {
    const { stdout, stderr } = await sh([], line);
    return { stdout, said: stderr.replace(/cab: .*\n/, '') };
  };

  it('does not keep a failure, and ends with its exit code', async () => {
    for (let times = 0; times < 2; times += 1) {
      const { code, stdout, stderr } = await sh([], 'echo tried; exit 7');
      expect({ code, stdout }).toEqual({ code: 7, stdout: 'tried\n' });
      expect(stderr).toMatch(/^cab: exit code 7 after .*; a failure is not kept\n$/);
    }
    expect((await sh([], 'kill -TERM $$')).code).toBe(143);
  });

  it('tells a failure again for as long as it is told to', async () => {
    const line = 'echo run >> runs; echo said; echo broken >&2; exit 7';
    const flags = ['-i', 'in.txt', '--cache-failures', '10m'];
    await sh(flags, line);
    const again = await sh(flags, line);
    expect(again).toMatchObject({ code: 7, stdout: '' });
    expect(again.stderr).toMatch(
      /^(said\nbroken|broken\nsaid)\ncab: not run, for it failed .* with exit code 7\n$/,
    );
    expect(text('runs')).toBe('run\n');
    expect((await sh([...flags, '--force'], line)).code).toBe(7);
    await writeFile(path('in.txt'), 'two\n');
    await sh(flags, line);
    await sh(['-i', 'in.txt'], line);
    expect(text('runs')).toBe('run\n'.repeat(4));
  });

  it('does not keep a result whose input was changed while the command ran', async () => {
    const { code, stderr } = await sh(['-i', 'in.txt'], 'echo more >> in.txt');
    expect(code).toBe(0);
    expect(stderr).toMatch(/not kept: in\.txt was changed while the command ran/);
    expect((await sh(['-i', 'in.txt'], 'true')).stderr).toMatch(/computed/);
  });

  it('hands standard input over as an input', async () => {
    const upper = (input: string) => run(['--stdin', '--', 'tr', 'a-z', 'A-Z'], { input });
    expect(await upper('abc')).toMatchObject({ stdout: 'ABC' });
    expect((await upper('abc')).stderr).toMatch(/^cab: hit/);
    expect(await upper('abd')).toMatchObject({ stdout: 'ABD' });
    expect((await run(['--', 'cat'], { input: 'abc' })).stdout).toBe('');
  });

  it('means the same in a copy of the project, and from a folder in it', async () => {
    const store = ['--cas-root', path('store')];
    for (const name of ['p', 'q']) {
      await mkdir(path(`${name}/.git`), { recursive: true });
      await mkdir(path(`${name}/src`));
      await writeFile(path(`${name}/src/a`), 'a');
    }
    const words = [...store, '-i', 'a', '-o', '../out', '--', 'cp', 'a', '../out'];
    await run(words, { cwd: path('p/src') });
    expect((await run(words, { cwd: path('q/src') })).stderr).toMatch(/^cab: hit/);
    expect(text('q/out')).toBe('a');
  });

  it('takes folders without what git ignores, patterns, and leaves out what is told to', async () => {
    await mkdir(path('src/gen'), { recursive: true });
    await writeFile(path('.gitignore'), '*.o\ngen/\n!keep.o\n');
    for (const name of ['a.c', 'a.o', 'keep.o', 'b.h', 'gen/x.c', '.hidden'])
      await writeFile(path(`src/${name}`), name);
    const seen = async (...flags: string[]) => {
      const { json } = await run(['--dry-run', '--json', ...flags, '--', 'true']);
      return (json[0] as { inputs: string[] }).inputs;
    };
    expect(await seen('-i', 'src')).toEqual(['src/.hidden', 'src/a.c', 'src/b.h', 'src/keep.o']);
    expect(await seen('-i', 'src', '--no-ignore')).toHaveLength(6);
    expect(await seen('-i', 'src/gen')).toEqual(['src/gen/x.c']);
    expect(await seen('-i', 'src/**/*.c')).toEqual(['src/a.c', 'src/gen/x.c']);
    expect(await seen('-i', 'src', '-i', '!src/*.h')).toEqual([
      'src/.hidden',
      'src/a.c',
      'src/keep.o',
    ]);
    expect(await seen('-i', '.', '-o', 'src/a.c')).not.toContain('src/a.c');
  });

  it('takes names that are not UTF-8, and sorts by bytes', async () => {
    await mkdir(path('odd'));
    await writeFile(Buffer.concat([Buffer.from(`${dir}/odd/`), Buffer.from([0xff, 0x61])]), 'x');
    await writeFile(path('odd/😀'), 'y');
    await writeFile(path('odd/\uFF5E'), 'z');
    const words = ['-i', 'odd', '--', 'true'];
    expect((await run(words)).code).toBe(0);
    expect((await run(words)).stderr).toMatch(/^cab: hit/);
    await writeFile(Buffer.concat([Buffer.from(`${dir}/odd/`), Buffer.from([0xff, 0x61])]), 'w');
    expect((await run(words)).stderr).toMatch(/computed/);
  });

  it('counts what a link leads to, and refuses one that leads out', async () => {
    await writeFile(path('real'), '1');
    await symlink('real', path('link'));
    const words = ['-i', 'link', '--', 'cat', 'link'];
    await run(words);
    expect((await run(words)).stderr).toMatch(/^cab: hit/);
    await writeFile(path('real'), '2');
    expect(await run(words)).toMatchObject({ stdout: '2' });
    await symlink('/etc/hostname', path('away'));
    expect((await run(['-i', 'away', '--', 'true'])).stderr).toMatch(/leads out of the project/);
    expect((await run(['--input-outside', '-i', 'away', '--', 'true'])).code).toBe(0);
  });

  it('says what a dry run would do, and does nothing', async () => {
    const words = ['-n', '-i', 'in.txt', '--', 'touch', 'made'];
    expect((await run(words)).stdout).toBe('miss\n  first run\n');
    expect(existsSync(path('made'))).toBe(false);
    await run(['-i', 'in.txt', '--', 'touch', 'made']);
    expect((await run(words)).stdout).toBe('hit\n');
    await writeFile(path('in.txt'), 'two\n');
    expect((await run(words)).stdout).toBe('miss\n  in.txt changed\n');
  });

  it('prints one document for programs, and all that the command writes on stderr', async () => {
    await sh(['-o', 'o'], 'echo hello; echo x > o');
    const { json, stderr } = await sh(['--json', '-o', 'o'], 'echo hello; echo x > o');
    expect(stderr).toBe('hello\n');
    expect(json).toMatchObject([
      {
        hit: true,
        exit_code: 0,
        kept: true,
        why: null,
        outputs: ['o'],
        wall_ms: expect.any(Number) as number,
      },
    ]);
    const failed = await sh(['--json'], 'exit 3');
    expect(failed.json).toMatchObject([
      { hit: false, exit_code: 3, kept: false, why: 'first run' },
    ]);
    expect(failed.code).toBe(3);
  });

  it('is quiet when told to', async () => {
    expect(await sh(['-q'], 'true')).toMatchObject({ code: 0, stderr: '' });
  });

  it('runs once for two that ask at once, and both have the outputs', async () => {
    const words = ['-i', 'in.txt', '-o', 'out'];
    const line = 'echo run >> runs; sleep 0.3; cat in.txt > out';
    const both = await Promise.all([sh(words, line), sh(words, line)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(text('runs')).toBe('run\n');
    expect(both.filter(({ stderr }) => stderr.startsWith('cab: hit'))).toHaveLength(1);
  });

  it('computes anew what was damaged in the store, and never brings it back', async () => {
    await sh(['-o', 'out'], 'echo right > out');
    const { json } = await sh(['--json', '-o', 'out'], 'echo right > out');
    const { config_hash, source_hash } = json[0] as Record<string, string>;
    const file = path(`data/echo_cas/echo/${config_hash}/${source_hash}/outputs/out`);
    chmodSync(file, 0o644);
    await writeFile(file, 'wrong\n');
    await rm(path('out'));
    expect((await sh(['-o', 'out'], 'echo right > out')).stderr).toMatch(/computed/);
    expect(text('out')).toBe('right\n');
  });

  it('ends with 1 for a miss that is foretold, where it is asked to', async () => {
    const words = ['--dry-run', '--exit-code', '-i', 'in.txt', '--', 'cat', 'in.txt'];
    expect((await run(words)).code).toBe(1);
    await run(words.slice(2));
    expect((await run(words)).code).toBe(0);
  });

  it('does not count its own store as an input', async () => {
    const words = ['-i', '.', '--', 'true'];
    await run(words);
    expect((await run(words)).stderr).toMatch(/^cab: hit/);
  });
});
