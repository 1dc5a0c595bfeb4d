/** The projects of examples/run, each called as its README says: computed, a hit, and a miss that names its reason. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { appendFile, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cab } from './helpers/cab.ts';
import { installed } from './helpers/installed.ts';
import { tempDir } from './helpers/temp-dir.ts';

interface Example {
  /** Its folder, and what it needs beside node. */
  readonly name: string;
  readonly programs?: readonly string[];
  /** The words after `cab run`, each in its turn. */
  readonly calls: readonly (readonly string[])[];
  /** Removed between the calls. */
  readonly made?: string;
  /** A file that is among the outputs, or undefined where the result is what is printed. */
  readonly output?: string;
  readonly input: string;
  /** The input after the change. */
  readonly change: (text: string) => string;
}

const examples: Example[] = [
  {
    name: 'thumbnails',
    calls: [['thumb', 'photos/dawn.ppm']],
    made: 'thumbs',
    output: 'thumbs/dawn.ppm',
    input: 'photos/dawn.ppm',
    change: (text) => text.replace('\n255\n', '\n250\n'),
  },
  {
    name: 'c-build',
    programs: ['make', 'cc'],
    calls: [['app']],
    made: 'build',
    output: 'build/app',
    input: 'src/greet.h',
    change: (text) => text.replace('hello', 'good day'),
  },
  {
    name: 'data-step',
    programs: ['python3'],
    calls: [['load'], ['report']],
    made: 'made',
    output: 'made/report.json',
    input: 'sales.csv',
    change: (text) => `${text}Oslo,2024,12\n`,
  },
  {
    name: 'tests-in-ci',
    calls: [['test']],
    input: 'test/slug.test.js',
    change: (text) => text.replace("'deja-vu',", "'deja-vu', 'A b': 'a-b',"),
  },
  {
    name: 'docs-build',
    calls: [['site']],
    made: 'site',
    output: 'site/start.html',
    input: 'pages/start.md',
    change: (text) => text.replace('# Start', '# Begin'),
  },
];

const folder = join(import.meta.dirname, '../examples/run');

async function copyOf(name: string): Promise<string> {
  const dir = join(await tempDir(), name);
  cpSync(join(folder, name), dir, { recursive: true });
  return dir;
}

/** Each call of the example; its outputs and all that was written to stdout. */
async function called({ calls, output }: Example, cwd: string) {
  const said: string[] = [];
  let stdout = '';
  for (const words of calls) {
    const ran = await cab(['run', ...words], { cwd });
    expect(ran).toMatchObject({ code: 0 });
    said.push(ran.stderr.trimEnd().split('\n').at(-1) ?? '');
    stdout += ran.stdout;
  }
  const result = output === undefined ? '' : readFileSync(join(cwd, output), 'latin1');
  return { said, result: stdout + result };
}

it('has a test for each folder, and each folder has its line in the README', async () => {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(examples.map(({ name }) => name).sort()).toEqual(names.sort());
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  for (const name of names) expect(readme).toContain(`[${name}](${name})`);
});

for (const example of examples) {
  const missing = (example.programs ?? []).filter((name) => installed(name) === undefined);
  const needs = missing.length === 0 ? '' : ` (no ${missing.join(', ')} here)`;

  it.skipIf(missing.length > 0)(`${example.name} is computed once${needs}`, async () => {
    const cwd = await copyOf(example.name);
    const first = await called(example, cwd);
    for (const said of first.said) expect(said).toMatch(/^cab: computed in .* \(first run\)$/);
    if (example.made) await rm(join(cwd, example.made), { recursive: true });

    const second = await called(example, cwd);
    for (const said of second.said) expect(said).toMatch(/^cab: hit, saved /);
    expect(second.result).toBe(first.result);

    const input = join(cwd, example.input);
    await writeFile(input, example.change(await readFile(input, 'utf8')));
    const foretold = await cab(['run', '--dry-run', ...(example.calls[0] ?? [])], { cwd });
    expect(foretold.stdout).toBe(`miss\n  ${example.input} changed\n`);
    const third = await called(example, cwd);
    expect(third.said[0]).toMatch(/^cab: computed in /);
    expect(third.said[0]).toContain(`(${example.input} changed)`);
    expect(third.result).not.toBe(first.result);
  });
}

it('tests-in-ci runs no test in a second clone with the restored root of the first', async () => {
  const first = await copyOf('tests-in-ci');
  const second = await copyOf('tests-in-ci');
  const { stdout } = await cab(['run', 'test'], { cwd: first });
  cpSync(join(first, 'data/echo_cas'), join(second, 'data/echo_cas'), { recursive: true });
  rmSync(first, { recursive: true });
  const restored = await cab(['run', 'test'], { cwd: second });
  expect(restored.stderr).toMatch(/^cab: hit/);
  expect(restored.stdout).toBe(stdout);
  await appendFile(join(second, 'slug.js'), '\nexports.slug = () => "broken";\n');
  const broken = await cab(['run', 'test'], { cwd: second });
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain('a failure is not kept');
});

it('tests-in-ci is shared by clones that name one root', async () => {
  const env = { CAB_CAS_ROOT: join(await tempDir(), 'root') };
  await cab(['run', 'test'], { cwd: await copyOf('tests-in-ci'), env });
  const other = await cab(['run', 'test'], { cwd: await copyOf('tests-in-ci'), env });
  expect(other.stderr).toMatch(/^cab: hit/);
});

it('docs-build brings back no page of a file that was removed', async () => {
  const cwd = await copyOf('docs-build');
  await cab(['run', 'site'], { cwd });
  await rm(join(cwd, 'pages/questions.md'));
  const { stderr } = await cab(['run', 'site'], { cwd });
  expect(stderr).toContain('(pages/questions.md is gone)');
  await rm(join(cwd, 'site'), { recursive: true });
  await cab(['run', 'site'], { cwd });
  expect((await readdir(join(cwd, 'site'))).sort()).toEqual(['index.html', 'start.html']);
});

it.skipIf(installed('make') === undefined || installed('cc') === undefined)(
  'c-build restores a program that can be executed',
  async () => {
    const cwd = await copyOf('c-build');
    await cab(['run', 'app'], { cwd });
    await rm(join(cwd, 'build'), { recursive: true });
    await cab(['run', 'app'], { cwd });
    expect(execFileSync(join(cwd, 'build/app'), ['you'], { encoding: 'utf8' })).toBe(
      'hello, you\n',
    );
  },
);
