/** The tools, each with the files that describe the job to it as its manual says, and the words that start it. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { pathOf } from '../peers/programs.js';
import { faultOfObject } from './job.js';

const cab = join(import.meta.dirname, '../../bin/run.js');
const json = (value) => JSON.stringify(value, null, 2);
const outputs = 'out/one.txt out/deep/two.sh out/latest sum.txt';
const npmPackage = {
  name: 'project',
  version: '1.0.0',
  private: true,
  packageManager: 'npm@10.8.2',
};
const patterns = { inputs: ['a.txt', 'src/**'], outputs: ['out/**', 'sum.txt'] };

export const tools = [
  {
    name: 'cab',
    files: { 'cab.config.json': '{}' },
    words: [process.execPath, cab, ...'run -i a.txt -i src -o out -o sum.txt -- mix'.split(' ')],
    version: [process.execPath, cab, '--version'],
  },
  {
    name: 'make',
    files: {
      Makefile: `.DELETE_ON_ERROR:\n${outputs} &: a.txt src $(wildcard src/*)\n\tmix\n`,
    },
    words: ['make', '-s'],
    from: 'apt install make',
  },
  {
    name: 'ninja',
    files: {
      'build.ninja': `rule mix\n  command = mix\nbuild ${outputs}: mix a.txt src src/b.txt src/current.txt\n`,
    },
    words: ['ninja', '--quiet'],
    from: 'apt install ninja-build',
  },
  {
    name: 'scons',
    files: {
      SConstruct: `import os
CacheDir('cache')
env = Environment(ENV=os.environ)
env.Command('${outputs}'.split(), ['a.txt'] + Glob('src/*'), 'mix')
`,
    },
    words: ['scons', '-s'],
    from: 'apt install scons',
  },
  {
    name: 'tup',
    files: { Tupfile: `: a.txt src/*.txt |> mix |> ${outputs}\n` },
    prepare: ['tup', 'init'],
    words: ['tup'],
    from: 'apt install tup fuse3',
    cleanUp: (project) => spawnSync('umount', ['-f', '-l', join(project, '.tup/mnt')]),
  },
  {
    name: 'doit',
    files: {
      'dodo.py': `import glob
def task_mix():
    return {'actions': ['mix'], 'file_dep': ['a.txt'] + glob.glob('src/*'), 'targets': '${outputs}'.split()}
`,
    },
    words: ['doit', '-v', '0'],
    from: 'apt install python3-doit',
  },
  {
    name: 'just',
    files: { justfile: 'build:\n\tmix\n' },
    words: ['just', '-q'],
    from: 'npm install rust-just',
  },
  {
    name: 'turbo',
    files: {
      'package.json': json({ ...npmPackage, scripts: { build: 'mix' } }),
      'package-lock.json': json({ name: 'project', lockfileVersion: 3, packages: {} }),
      'turbo.json': json({ tasks: { build: patterns } }),
    },
    words: ['turbo', 'run', 'build'],
    from: 'npm install turbo',
  },
  {
    name: 'nx',
    files: {
      'package.json': json({ ...npmPackage, devDependencies: { nx: '*' } }),
      'nx.json': json({ analytics: false, neverConnectToCloud: true }),
      'project.json': json({
        name: 'project',
        targets: {
          build: {
            command: 'mix',
            cache: true,
            inputs: patterns.inputs.map((path) => `{projectRoot}/${path}`),
            outputs: ['{projectRoot}/out', '{projectRoot}/sum.txt'],
          },
        },
      }),
    },
    isLocal: true,
    words: ['nx', 'build', 'project'],
    from: 'npm install nx',
  },
  {
    name: 'wireit',
    files: {
      'package.json': json({
        ...npmPackage,
        scripts: { build: 'wireit' },
        wireit: { build: { command: 'mix', files: patterns.inputs, output: patterns.outputs } },
      }),
    },
    words: ['npm', 'run', '--silent', 'build'],
    isLocal: true,
    program: 'wireit',
    from: 'npm install wireit',
  },
  {
    name: 'ccache',
    files: {
      'a.c': `const char *all[] = {VERSION,
#include "a.txt"
,
#include "hidden.txt"
,
#include "src/b.txt"
,
#include "src/current.txt"
};
`,
    },
    words: ['ccache', 'mix', '-c', 'a.c', '-o', 'a.o'],
    fault: faultOfObject,
    cannot: ['add', 'mode', 'kill'],
    from: 'apt install ccache',
  },
];

/** Named in the report, for a reader who looks for them. */
export const absent = [
  ['moon', 'its configuration for this job is not written'],
  ['task (go-task)', 'its npm package fetches the program from another place'],
  ['DVC', 'pip could not be reached'],
  ['redo', 'Debian 12 has no package of it'],
  ['bkt', 'the registry of Rust could not be reached'],
  ['lage', 'not asked: it is about workspaces of several packages'],
];

/** Undefined where it is not here. */
export function versionOf({ name, program = name, version, words, from }) {
  if (version === undefined && pathOf(program) === undefined)
    return { missing: `not here; ${from}` };
  if (program !== name || name === 'wireit') return { text: packageVersion(pathOf(program)) };
  const [command, ...args] = version ?? [words[0], '--version'];
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return { text: /\d+(\.\d+)+/.exec(stdout)?.[0] ?? '?' };
}

function packageVersion(file) {
  const pack = join(dirname(file), '../wireit/package.json');
  const { stdout } = spawnSync(
    process.execPath,
    ['-p', `require(${JSON.stringify(pack)}).version`],
    {
      encoding: 'utf8',
    },
  );
  return stdout.trim();
}

export function writeFiles({ files, isLocal, words, program = words[0], prepare }, project, env) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  // A tool that wants to lie in the project is linked there.
  if (isLocal) symlinkSync(dirname(dirname(pathOf(program))), join(project, 'node_modules'));
  if (prepare) spawnSync(prepare[0], prepare.slice(1), { cwd: project, env });
}
