/** The one job that all tools are given, and what its outputs are to be. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/**
 * A folder with `project/`, `bin/mix` (the tool), and `runs`, a line for each run. `mix` reads a.txt, the folder src and
 * hidden.txt, which no tool is told of. It makes the folder out, with a program and a link in it, and sum.txt. The contents are C strings, so
 * that a compiler can read them too.
 */
export function makeJob(dir) {
  const project = join(dir, 'project');
  mkdirSync(join(project, 'src'), { recursive: true });
  mkdirSync(join(project, 'data'));
  mkdirSync(join(dir, 'bin'));
  mkdirSync(join(dir, 'home'));
  const files = { 'a.txt': 'a1', 'hidden.txt': 'h1', 'src/b.txt': 'b1' };
  for (const name of ['v1', 'v2']) files[`data/${name}.txt`] = name;
  for (const [name, text] of Object.entries(files)) put(project, name, text);
  symlinkSync('../data/v1.txt', join(project, 'src/current.txt'));
  writeFileSync(join(dir, 'runs'), '');
  putTool(dir, 1);
  return { dir, project, runs: () => readFileSync(join(dir, 'runs'), 'utf8').length };
}

export const put = (project, name, text) => writeFileSync(join(project, name), `"${text}"\n`);

/** While the file `slow` is there, the tool waits before its last line, and the file `reached` has its pid. */
export function putTool(dir, version) {
  const lines = [
    '#!/bin/sh',
    // What a compiler does before it compiles is no run.
    `case "$*" in *-E*) ;; *) printf x >> ${dir}/runs ;; esac`,
    `if [ $# -gt 0 ]; then exec cc -DVERSION='"mix ${version}"' "$@"; fi`,
    'mkdir -p out/deep',
    'rm -f out/deep/two.sh out/latest',
    `printf '#!/bin/sh\\necho mix ${version}\\n' > out/deep/two.sh`,
    'chmod +x out/deep/two.sh',
    'ln -s deep/two.sh out/latest',
    'cat src/*.txt > sum.txt',
    'if [ -x a.txt ]; then echo executable >> sum.txt; fi',
    `{ echo mix ${version}; cat a.txt; } > out/one.txt`,
    `if [ -e ${dir}/slow ]; then echo $$ > ${dir}/reached; fi`,
    `while [ -e ${dir}/slow ]; do sleep 0.1; done`,
    'cat hidden.txt >> out/one.txt',
  ];
  writeFileSync(join(dir, 'bin/mix'), `${lines.join('\n')}\n`);
  chmodSync(join(dir, 'bin/mix'), 0o755);
}

/** What is wrong with the outputs; undefined where all is right. */
export function faultOf({ dir, project }) {
  const tool = /echo mix (\d)\\n/.exec(readFileSync(join(dir, 'bin/mix'), 'utf8'))[1];
  const text = (name) => readFileSync(join(project, name), 'utf8');
  const names = readdirSync(join(project, 'src')).sort();
  const mark = lstatSync(join(project, 'a.txt')).mode & 0o100 ? 'executable\n' : '';
  const expected = {
    'out/one.txt': `mix ${tool}\n${text('a.txt')}${text('hidden.txt')}`,
    'out/deep/two.sh': `#!/bin/sh\necho mix ${tool}\n`,
    'sum.txt': names.map((name) => text(join('src', name))).join('') + mark,
  };
  for (const [name, wanted] of Object.entries(expected)) {
    if (!existsSync(join(project, name))) return `no ${name}`;
    if (text(name) !== wanted) return `${name} is not what its inputs give`;
  }
  if (!existsSync(join(project, 'out/latest'))) return 'no out/latest';
  if (!lstatSync(join(project, 'out/latest')).isSymbolicLink()) return 'out/latest is no link';
  if (readlinkSync(join(project, 'out/latest')) !== 'deep/two.sh')
    return 'out/latest leads elsewhere';
  if (!(lstatSync(join(project, 'out/deep/two.sh')).mode & 0o100))
    return 'two.sh is not executable';
  return undefined;
}

/** The same for a compiler: what a.o holds. */
export function faultOfObject({ dir, project }) {
  const tool = /echo mix (\d)\\n/.exec(readFileSync(join(dir, 'bin/mix'), 'utf8'))[1];
  if (!existsSync(join(project, 'a.o'))) return 'no a.o';
  const object = readFileSync(join(project, 'a.o'), 'latin1');
  const names = ['a.txt', 'hidden.txt', 'src/b.txt', 'src/current.txt'];
  const texts = names.map((name) => readFileSync(join(project, name), 'utf8').trim().slice(1, -1));
  const missing = [`mix ${tool}`, ...texts].find((text) => !object.includes(text));
  return missing && `a.o has no ${missing}`;
}

export const copyOf = (from, to) => execFileSync('cp', ['-r', from, to]);
