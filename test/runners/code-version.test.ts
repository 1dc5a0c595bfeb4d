/** Edited code is another version, however the code is named, imported or reached. */
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Runner } from '../../src/core/ports/runner.ts';
import { resolveRunner } from '../../src/compose/resolve-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
let opened: Runner[] = [];

beforeEach(async () => (cwd = await tempDir()));
afterEach(async () => {
  await Promise.all(opened.map((runner) => runner.close()));
  opened = [];
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = join(cwd, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    if (/\.sh$|^bin\//.test(name)) await chmod(file, 0o755);
  }
}

const open = (spec: string): Runner => {
  const PATH = `${join(cwd, 'bin')}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, PATH, HOME: cwd, PYTHONPATH: undefined };
  const runner = resolveRunner(spec, { cwd, env });
  opened.push(runner);
  return runner;
};

/** Whether one and the same runner notices, and one that is opened later. */
async function notices(spec: string, edited: string): Promise<boolean> {
  const runner = open(spec);
  const before = (await runner.identify()).version;
  expect((await open(spec).identify()).version).toBe(before);
  const place = join(cwd, edited);
  await writeFile(place, `${await readFile(place, 'utf8').catch(() => '')}\n`);
  const [here, later] = [await runner.identify(), await open(spec).identify()];
  expect(here.version).toBe(later.version);
  return here.version !== before;
}

describe('a program', () => {
  it.each([
    'HERE="$( cd "$( dirname "${BASH_SOURCE[0]}" )" && pwd )"\nsource $HERE/lib.sh',
    'HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" &> /dev/null && pwd)\n. "$HERE/lib.sh"',
    'HERE="$(cd "$(dirname "$0")" >/dev/null 2>&1; pwd -P)"\n. "$HERE"/lib.sh',
    '. "$(dirname "$(readlink -f "$0")")/lib.sh"',
    'HERE="$(cd "$(dirname "$(readlink -f "$0")")" && pwd)"; . "$HERE/lib.sh"',
    'HERE="$(dirname "$(realpath "${BASH_SOURCE[0]}")")"\n. "${HERE}/lib.sh"',
    'source "${BASH_SOURCE%/*}/lib.sh"',
    'HERE=${0%/*}; LIB=$HERE/lib.sh; . $LIB',
    'readonly HERE="$(dirname "$0")"\nsource "$HERE/lib.sh"',
    'SELF="$0"; DIR=`dirname "$SELF"`; . $DIR/lib.sh',
    'touch lib.sh; . ./lib.sh',
    'export PATH="$(dirname "$0")/bin:$PATH"\ntool',
  ])('follows a script that finds its own folder: %s', async (text) => {
    await write({ 'main.sh': `#!/bin/bash\n${text}\n`, 'lib.sh': '', 'bin/tool': '#!/bin/sh\n' });
    const edited = text.endsWith('tool') ? 'bin/tool' : 'lib.sh';
    expect(await notices('exec:./main.sh {features}', edited)).toBe(true);
    expect(await notices('sh:./main.sh x', edited)).toBe(true);
  });

  it.each([
    ['sh:python3 -m p', 'p.py'],
    ['sh:python3 -u -m pack.age x', 'pack/age.py'],
    ['exec:python3 -m pack', 'pack/__main__.py'],
    ['sh:PATH=$PWD/bin:$PATH; other', 'bin/other'],
    ['sh:PATH=bin:$PATH other', 'bin/other'],
    ['sh:export PATH="$PWD/bin:$PATH"; other', 'bin/other'],
    ['sh:touch seen lib.sh; . ./lib.sh', 'lib.sh'],
    ['sh:tee out.txt < lib.sh | sh', 'lib.sh'],
    ['sh:awk -flib.sh in.txt', 'lib.sh'],
  ])('%s, edited %s', async (spec, edited) => {
    await write({
      ...{ 'p.py': '', 'pack/age.py': '', 'pack/__main__.py': '', 'lib.sh': '' },
      'bin/other': '#!/bin/sh\n',
    });
    expect(await notices(spec, edited)).toBe(true);
  });

  it.each([
    ['sh:$PWD/tool.sh', 'tool.sh'],
    ['sh:"${PWD}/tool.sh"', 'tool.sh'],
    ['sh:~/tool.sh', 'tool.sh'],
    ['sh:T=./tool.sh; sh $T', 'tool.sh'],
    ['sh:cd sub && ./inner.sh', 'sub/inner.sh'],
    [`sh:sh -c './tool.sh x'`, 'tool.sh'],
    ['sh:./tool.sh', 'sub/sourced.sh'],
    ['exec:./tool.sh', 'sub/sourced.sh'],
    ['exec:python3 tool.py', 'helper.py'],
    ['exec:node tool.mjs', 'h.mjs'],
    ['exec:onpath x', 'bin/onpath'],
    ['sh:onpath x | cat', 'bin/onpath'],
    ['exec:env -i onpath', 'bin/onpath'],
    ['exec:./link.sh', 'tool.sh'],
    ['sh:./plain.sh', 'sub/sourced.sh'],
  ])('%s, edited %s', async (spec, edited) => {
    await write({
      'tool.sh': '#!/bin/sh\n. "$(dirname "$0")/sub/sourced.sh"\n',
      'plain.sh': '. ./sub/sourced.sh\n',
      'sub/inner.sh': 'echo inner\n',
      'sub/sourced.sh': 'x=1\n',
      'tool.py': 'import helper\n',
      'helper.py': '1\n',
      'tool.mjs': `import './h.mjs';\n`,
      'h.mjs': '1;\n',
      'bin/onpath': '#!/bin/sh\necho x\n',
    });
    await symlink('tool.sh', join(cwd, 'link.sh'));
    expect(await notices(spec, edited)).toBe(true);
  });

  it.each([
    'sh:echo once >> tries.log',
    'sh:cat "$CAB_FEATURES_PATH" | tee -a tries.log',
    'sh:echo x 2> tries.log',
    'sh:sort -o tries.log in.txt',
    'sh:curl --output tries.log http://localhost/',
    'sh:wget --output-document tries.log http://localhost/',
  ])('is not changed by what it writes: %s', async (spec) => {
    await write({ 'tries.log': '' });
    expect(await notices(spec, 'tries.log')).toBe(false);
  });

  it('has a version also if a word of it is longer than any file name', async () => {
    const { version } = await open(`exec:echo ${'x'.repeat(300)}`).identify();
    expect(version).not.toBe('');
  });

  it('is the same wherever its files lie', async () => {
    await write({ 'a/tool.sh': 'x', 'b/tool.sh': 'x' });
    const versions = await Promise.all(
      ['a', 'b'].map(
        async (folder) => (await open(`sh:${join(cwd, folder)}/tool.sh`).identify()).version,
      ),
    );
    expect(versions[0]).toBe(versions[1]);
  });
});

describe('a module', () => {
  it.each([
    [`import './h.mjs?x=1';`, 'h.mjs'],
    [`import /* why */ './h.mjs#x';`, 'h.mjs'],
    [`await import('./h%2emjs');`, 'h.mjs'],
    [
      `import { createRequire } from 'node:module'; createRequire(import.meta.url)('./c.cjs');`,
      'c.cjs',
    ],
    [
      `import m from 'node:module'; const load = m.createRequire(import.meta.url); load('./c');`,
      'c.js',
    ],
    [`import 'linked';`, 'packages/linked/more.js'],
    [`import 'linked/sub';`, 'packages/linked/sub.js'],
    [`import 'installed';`, 'node_modules/installed/package.json'],
    [`import '#inner';`, 'inner.mjs'],
    [`new URL('data.bin', import.meta.url);`, 'data.bin'],
    [`readFileSync(join(import.meta.dirname, 'data.bin'));`, 'data.bin'],
    ['readFileSync(`${import.meta.dirname}/data.bin`);', 'data.bin'],
    [`new Worker('./h.mjs');`, 'h.mjs'],
  ])('%s, edited %s', async (source, edited) => {
    await write({
      'package.json': '{"imports":{"#inner":"./inner.mjs"}}',
      'runner.mjs': `${source}\nexport const run = () => {};\n`,
      'h.mjs': '1;\n',
      'c.cjs': '1;\n',
      'c.js': '1;\n',
      'inner.mjs': '1;\n',
      'data.bin': 'x',
      'packages/linked/package.json':
        '{"name":"linked","type":"module","exports":{".":"./main.js","./sub":"./sub.js"}}',
      'packages/linked/main.js': `import './more.js';\n`,
      'packages/linked/more.js': '1;\n',
      'packages/linked/sub.js': '1;\n',
      'node_modules/installed/package.json': '{"name":"installed","version":"1.0.0"}',
    });
    await symlink('../packages/linked', join(cwd, 'node_modules/linked'));
    expect(await notices('./runner.mjs', edited)).toBe(true);
  });

  it('tells bytes apart that are the same as text', async () => {
    await write({
      'runner.mjs': `new URL('./data.bin', import.meta.url);\nexport const run = 1;\n`,
    });
    const versions = [];
    for (const byte of [0xfe, 0xff]) {
      await writeFile(join(cwd, 'data.bin'), Buffer.from([byte]));
      versions.push((await open('./runner.mjs').identify()).version);
    }
    expect(versions[0]).not.toBe(versions[1]);
  });
});

describe('a Python callable', () => {
  it.each([
    ['importlib.import_module("pkg.dyn")', 'pkg/dyn.py'],
    ['import_module(".dyn", "pkg")', 'pkg/dyn.py'],
    ['import_module(".beside", __package__)', 'beside.py'],
    ['__import__("beside")', 'beside.py'],
    ['x = 1; import beside', 'beside.py'],
    ['from pkg import other, \\\n  dyn', 'pkg/dyn.py'],
    ['runpy.run_path("beside.py")', 'beside.py'],
    ['DATA = Path(__file__).parent / "data.json"', 'data.json'],
    ['HERE = Path(__file__).parent\nopen(HERE / "data.json")', 'data.json'],
    ['open(os.path.join(os.path.dirname(__file__), "data.json"))', 'data.json'],
  ])('%s, edited %s', async (source, edited) => {
    await write({
      'main.py': `${source}\n\n\ndef run(out_root):\n    pass\n`,
      'beside.py': '1\n',
      'data.json': '{}',
      'pkg/__init__.py': '',
      'pkg/dyn.py': '1\n',
    });
    expect(await notices('main:run', edited)).toBe(true);
  });

  it('in a package that does something of its own', async () => {
    await write({ 'pkg/__init__.py': 'x = 1\n', 'pkg/main.py': 'def run():\n    pass\n' });
    expect(await notices('pkg.main:run', 'pkg/__init__.py')).toBe(true);
  });

  it('that begins to find what it imports', async () => {
    await write({
      'main.py': 'try:\n    import local\nexcept ImportError: pass\ndef run(): pass\n',
    });
    expect(await notices('main:run', 'local.py')).toBe(true);
  });
});
