import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { traceOf } from '../../../src/runners/command/trace.ts';
import { runProject, type RunProject } from './project.ts';

const sorted = (paths: ReadonlySet<string>): string[] => [...paths].sort();

describe('a trace of a command', () => {
  it('is read from the lines of all its processes, in the order of their times', () => {
    const first = [
      '1.1 execve("/usr/bin/make", ["make"], 0x7fff /* 3 vars */) = 0',
      '1.2 openat(AT_FDCWD</w>, "Makefile", O_RDONLY) = 3</w/Makefile>',
      '1.3 openat(AT_FDCWD</w>, "none.h", O_RDONLY) = -1 ENOENT (No such file or directory)',
      '1.4 openat(AT_FDCWD</w>, ".", O_RDONLY|O_DIRECTORY) = 3</w>',
      '3.0 openat(AT_FDCWD</w>, "tmp", O_RDONLY) = 3</w/tmp>',
      String.raw`3.1 openat(AT_FDCWD</w>, "\303\244 \"x\"", O_RDONLY|O_CLOEXEC) = 3</w/\303\244 "x">`,
    ].join('\n');
    const second = [
      '2.0 chdir("/w/src") = 0',
      '2.1 openat(AT_FDCWD</w/src>, "../tmp", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 4</w/tmp>',
      '2.2 rename("../tmp", "../out") = 0',
      '2.3 renameat2(AT_FDCWD</w/src>, "a", 5</w/b>, "c", RENAME_NOREPLACE) = 0',
      '2.4 openat(AT_FDCWD</w/src>, "in", O_RDONLY) = 3</w/src/in>',
      '2.5 openat(AT_FDCWD</w/src>, "in", O_RDWR) = 3</w/src/in>',
      '2.6 unlink("/w/b/c") = 0',
      '2.7 symlinkat("out", AT_FDCWD</w/src>, "../link") = 0',
    ].join('\n');
    const { read, executed, written, changed } = traceOf([first, second], '/w');
    expect(sorted(executed)).toEqual(['/usr/bin/make']);
    expect(sorted(read)).toEqual(['/usr/bin/make', '/w/Makefile', '/w/src/in', '/w/ä "x"']);
    expect(sorted(written)).toEqual(['/w/link', '/w/out', '/w/src/in']);
    expect(sorted(changed)).toEqual(['/w/src/in']);
  });
});

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-qq', '-o', '/dev/null', 'true']);
    return true;
  } catch {
    return false;
  }
}

describe('cab run --learn', () => {
  let { dir, path, run } = {} as RunProject;
  beforeEach(async () => {
    ({ dir, path, run } = await runProject());
  });

  it('says what is missing where there is no strace', async () => {
    const { code, stderr } = await run(['--learn', '--', 'true'], { env: { PATH: dir } });
    expect(code).toBe(125);
    expect(stderr).toMatch(/strace is not on PATH/);
  });

  describe.skipIf(!hasStrace())('where it can trace', () => {
    it('finds the inputs and outputs of a Makefile build', async () => {
      await writeFile(path('Makefile'), 'out: a.c a.h\n\tcat a.c a.h > tmp && mv tmp out\n');
      await writeFile(path('a.c'), 'a');
      await writeFile(path('a.h'), 'b');
      const { stdout } = await run(['--learn', '--', 'make', '-s']);
      expect(stdout).toBe('cab run -i Makefile -i a.c -i a.h -o out -- make -s\n');
    });

    it('finds those of a Python script, and saves a recipe that runs', async () => {
      await writeFile(path('helper.py'), 'factor = 2\n');
      await writeFile(
        path('s.py'),
        'import helper, os\nopen("o.txt", "w").write(open("in.txt").read() * helper.factor + os.environ["LEVEL"])\n',
      );
      const env = { LEVEL: '7' };
      const words = ['--learn', '--save', 'twice', '--', 'python3', 's.py'];
      const { json } = await run(['--json', ...words], { env });
      expect(json).toMatchObject([
        {
          exit_code: 0,
          inputs: ['helper.py', 'in.txt', 's.py'],
          outputs: ['o.txt'],
          variables: ['LEVEL'],
          saved: join(dir, 'cab.config.json'),
        },
      ]);
      await run(['twice'], { env });
      expect((await run(['twice'], { env })).stderr).toMatch(/^cab: hit/);
      expect(readFileSync(path('o.txt'), 'utf8')).toBe('one\none\n7');
      expect((await run(words, { env })).stderr).toMatch(/has a recipe twice already/);
    });

    it('names a folder once all of it was read, and says what no result can be kept of', async () => {
      await mkdir(path('many'));
      for (const name of ['a', 'b', 'c', 'd']) await writeFile(path(`many/${name}`), name);
      const line = 'cat many/* > "out put"; read x < in.txt; echo y > in.txt';
      const { stdout, stderr } = await run(['--learn', '--shell', '--', line]);
      expect(stdout).toBe(`cab run -i many -o 'out put' --shell -- '${line}'\n`);
      expect(stderr).toMatch(/note: in\.txt is read and then written/);
    });
  });
});
