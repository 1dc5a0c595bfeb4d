import { readFileSync } from 'node:fs';
import { mkdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { programsOf } from '../../../src/runners/command/programs.ts';
import { runProject, type RunProject } from './project.ts';

describe('cab run never takes a result that another input made', () => {
  let { path, run, sh } = {} as RunProject;
  beforeEach(async () => {
    ({ path, run, sh } = await runProject());
  });

  const text = (name: string) => readFileSync(path(name), 'utf8');

  it('counts every link on the way to a file, also those in the place of folders', async () => {
    for (const name of ['v1', 'v2']) {
      await mkdir(path(name));
      await writeFile(path(`${name}/file`), `${name}\n`);
    }
    await symlink('v1', path('current'));
    await symlink('current/file', path('link'));
    const words = ['-i', 'link', '-i', 'v1', '-i', 'v2', '--', 'cat', 'link'];
    expect((await run(words)).stdout).toBe('v1\n');
    await unlink(path('current'));
    await symlink('v2', path('current'));
    const after = await run(words);
    expect(after.stdout).toBe('v2\n');
    expect(after.stderr).toMatch(/\(current changed\)/);
  });

  it('leaves links that lead in a circle to the command', async () => {
    await symlink('b', path('a'));
    await symlink('a', path('b'));
    const { code, stdout } = await run(['-i', '.', '--', 'readlink', 'a', 'b']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'b\na\n' });
  });

  it('keeps nothing that was made while a file appeared among the inputs', async () => {
    await mkdir(path('src'));
    await writeFile(path('src/1'), '1\n');
    const flags = ['-i', 'src'];
    // The command stands for whoever else writes there.
    const line = 'echo 2 > src/2; cat src/*';
    const first = await sh(flags, line);
    expect(first).toMatchObject({ code: 0, stdout: '1\n2\n' });
    expect(first.stderr).toMatch(/not kept: src\/2 appeared among the inputs/);
    await rm(path('src/2'));
    expect((await sh(['--dry-run', ...flags], line)).stdout).toMatch(/miss/);
  });

  it('keeps nothing if the program was changed while it ran', async () => {
    const script =
      '#!/bin/sh\nprintf "#!/bin/sh\\necho other\\n" > new; chmod +x new; mv new tool\n';
    await writeFile(path('tool'), script, { mode: 0o755 });
    const { stderr } = await run(['--', './tool']);
    expect(stderr).toMatch(/not kept: .*\/tool was changed while the command ran/);
  });

  it('counts the interpreter of an interpreter', async () => {
    await writeFile(path('inner'), '#!/bin/sh\necho one\n', { mode: 0o755 });
    await writeFile(path('outer'), `#!${path('inner')}\n`, { mode: 0o755 });
    await writeFile(path('script'), `#!${path('outer')}\n`, { mode: 0o755 });
    expect((await run(['--', './script'])).stdout).toBe('one\n');
    await writeFile(path('inner'), '#!/bin/sh\necho two\n');
    expect((await run(['--', './script'])).stdout).toBe('two\n');
  });

  it('keeps nothing if a pattern of the outputs matches what no run made', async () => {
    await writeFile(path('settings.json'), '1');
    const flags = ['-i', '.', '-o', '*.json'];
    const line = 'cp settings.json made.json';
    const first = await sh(flags, line);
    expect(first.stderr).toMatch(/not kept: .*settings\.json lies in the inputs and matches/);
    await writeFile(path('settings.json'), '2');
    await sh(flags, line);
    expect([text('settings.json'), text('made.json')]).toEqual(['2', '2']);
  });

  it('takes outputs of the run before for what they are, in folders of inputs too', async () => {
    const flags = ['-i', '.', '-o', '*.o'];
    const line = 'for each in *.txt; do cp $each ${each%.txt}.o; done';
    expect((await sh(flags, line)).stderr).toMatch(/computed/);
    expect((await sh(flags, line)).stderr).toMatch(/hit/);
    await writeFile(path('in.txt'), 'two\n');
    expect((await sh(flags, line)).stderr).toMatch(/computed/);
    expect((await sh(flags, line)).stderr).toMatch(/hit/);
  });

  it('counts files and folders outside of the project that are let in', async () => {
    await mkdir(path('inner/.git'), { recursive: true });
    await mkdir(path('beside'));
    await writeFile(path('beside/file'), '1\n');
    const how = { cwd: path('inner') };
    const flags = ['--input-outside', '-i', '../in.txt', '-i', '../beside', '-i', '../*.txt'];
    const words = [...flags, '--', 'cat', '../in.txt', '../beside/file'];
    expect((await run(words, how)).stdout).toBe('one\n1\n');
    expect((await run(words, how)).stderr).toMatch(/hit/);
    await writeFile(path('beside/file'), '2\n');
    expect((await run(words, how)).stdout).toBe('one\n2\n');
  });

  it('counts a folder whose name a pattern of the outputs matches', async () => {
    await mkdir(path('made-by-hand'));
    await writeFile(path('made-by-hand/file'), 'one\n');
    const flags = ['-i', '.', '-o', 'made*'];
    const line = 'cat made-by-hand/file > made';
    await sh(flags, line);
    await writeFile(path('made-by-hand/file'), 'two\n');
    await sh(flags, line);
    expect(text('made')).toBe('two\n');
  });

  it('refuses a folder as an input and an output, and changes no file of it', async () => {
    await mkdir(path('src'));
    await writeFile(path('src/file'), 'mine\n');
    for (const input of ['src', 'src/file', 'src/*']) {
      const { code, stderr } = await sh(['-i', input, '-o', 'src'], 'echo formatted > src/file');
      expect(code).toBe(125);
      expect(stderr).toContain('is named as an input and as an output');
    }
    expect(text('src/file')).toBe('mine\n');
  });

  it('counts ignored files behind a link, whatever the order of the folder', async () => {
    await mkdir(path('all/z'), { recursive: true });
    await writeFile(path('.gitignore'), 'ignored\n');
    await writeFile(path('all/z/ignored'), '1\n');
    await symlink('z', path('all/a'));
    await symlink('z', path('all/zz'));
    const words = ['-i', 'all', '--', 'cat', 'all/a/ignored'];
    expect((await run(words)).stdout).toBe('1\n');
    await writeFile(path('all/z/ignored'), '2\n');
    expect((await run(words)).stdout).toBe('2\n');
  });

  it('finds programs as the system does if PATH is not set', async () => {
    await writeFile(path('true'), 'not this one\n', { mode: 0o755 });
    const search = { cwd: path('.'), path: undefined, digest: async () => 'unread' };
    const [found] = await programsOf('true', search);
    expect(found?.file).toBe('/usr/bin/true');
  });
});
