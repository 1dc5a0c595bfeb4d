/** The package as a user installs it: packed, and away from the checkout and its development dependencies. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { sqliteDriver } from '../../src/support/sqlite/sqlite.ts';
import { cab, cleanEnvironment, type Ended } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { installPackage, type InstalledPackage } from '../helpers/installed-package.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { watchProcess } from '../helpers/watch-process.ts';
import { describeEmbeddingExamples } from './embedding-examples.ts';

// Compilers and package managers: on a busy machine each waits for its turn.
vi.setConfig({ testTimeout: 240_000 });

const run = promisify(execFile);
const checkout = join(import.meta.dirname, '../..');
let installed: InstalledPackage;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => installed.remove());

let cwd: string;
let env: Record<string, string>;
beforeEach(async () => {
  cwd = await tempDir();
  env = { CAB_CAS_ROOT: join(cwd, 'root'), HOME: cwd };
  for (const name of ['ballad.features.json', 'spine.db', 'runners'])
    await cp(join(installed.package, 'examples', name), join(cwd, name), { recursive: true });
});

const installedCab = (...args: string[]): Promise<Ended> =>
  cab(args, { cwd, env, program: installed.cab });
const submitted = ['submit', 'ballad.features.json', '--db', 'spine.db', '--wait'];

describe('the installed command line', () => {
  it.each([
    ['its version', ['--version'], /^cab \d/],
    ['its help', ['--help'], /START HERE[^]*submit/],
    ['the help of a command', ['submit', '--help'], /EXIT CODES/],
    ['the help of a topic', ['spine', '--help'], /spine import/],
    ['the completion of a shell', ['completion', 'bash'], /complete -F _cab cab/],
    ['its settings', ['config'], /cas_root/],
  ])('shows %s', async (_what, args, text) => {
    const { stdout, code } = await installedCab(...args);
    expect(stdout).toMatch(text);
    expect(code).toBe(0);
  });

  it('submits, reads, verifies, collects and examines', async () => {
    expect(await installedCab(...submitted, '--quiet')).toMatchObject({ code: 0, stderr: '' });
    for (const args of [['status'], ['get', 'ballad.features', '-o', 'out'], ['verify'], ['gc']])
      expect(await installedCab(...args)).toMatchObject({ code: 0 });
    expect(await readdir(cwd)).toContain('out');
    expect(await installedCab('doctor')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 job'),
    });
  });

  it.each(['python:runners.spectrum_summary:run', './runners/word-count.mjs', 'sh:cat'])(
    'runs jobs with %s',
    async (runner) => {
      const args = ['submit', '-q', 'ballad.features.json', '--wait', '--runner', runner];
      expect(await installedCab(...args)).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it('imports a database', async () => {
    const csv = join(installed.package, 'examples/songs.csv');
    expect(await installedCab('spine', 'import', csv, '--out', 'own.db')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('300 songs'),
    });
  });

  it('serves, and takes jobs in', async () => {
    const { url, end } = await daemonProcess({
      root: join(cwd, 'root'),
      program: [installed.cab, 'serve'],
      args: ['--db', 'spine.db'],
      cwd,
    });
    expect(await installedCab(...submitted, '--url', url)).toMatchObject({ code: 0 });
    expect(await end()).toBe(0);
  });

  it('watches a folder', async () => {
    await mkdir(join(cwd, 'inbox'));
    const args = ['watch', 'inbox', '--db', 'spine.db', '--settle', '20ms', '--json'];
    const watching = watchProcess(installed.cab, args, { cwd, env });
    await cp(join(cwd, 'ballad.features.json'), join(cwd, 'inbox/a.features.json'));
    await watching.saw('done');
    expect(await watching.end()).toBe(130);
  });
});

describe('the installed library', () => {
  const embedding = `const root = process.env.CAB_CAS_ROOT;
    const run = async ({ artifact_path }) => writeFile(artifact_path, '1');
    const broker = await openBroker({ root, runner: defineRunner({ name: 'one', version: '1', run }) });
    const { job_id } = await broker.submit({ features_path: 'ballad.features.json' });
    console.log((await broker.wait(job_id)).status);
    await broker.close();`;
  const program = (name: string, text: string) => writeFile(join(installed.folder, name), text);
  const node = (name: string) =>
    run(process.execPath, [join(installed.folder, name)], {
      cwd,
      env: { ...cleanEnvironment(), ...env },
    });

  it('runs in an ES module', async () => {
    await program(
      'embedding.mjs',
      `import { writeFile } from 'node:fs/promises';
      import { defineRunner, openBroker } from 'content-addressed-broker';
      ${embedding}`,
    );
    expect((await node('embedding.mjs')).stdout).toBe('done\n');
  });

  it('runs in a CommonJS module', async () => {
    await program(
      'embedding.cjs',
      `const { writeFile } = require('node:fs/promises');
      const { defineRunner, openBroker } = require('content-addressed-broker');
      (async () => { ${embedding} })();`,
    );
    expect((await node('embedding.cjs')).stdout).toBe('done\n');
  });

  it('has types that need no package but those of Node', async () => {
    await program(
      'typed.mts',
      `import { openBroker, watchFolder, type JobDocument, type Manifest } from 'content-addressed-broker';
      const broker = await openBroker({ root: 'root' });
      const job: JobDocument = await broker.submit({ features_path: 'a' });
      const status: 'pending' | 'running' | 'done' | 'error' | 'canceled' = job.status;
      const digest: Manifest['artifact']['sha256'] = status;
      const watcher = await watchFolder({ broker, folder: 'inbox', seenFile: digest });
      await watcher.close();
      // @ts-expect-error: a number
      job.attempts satisfies string;`,
    );
    await program(
      'typed.cts',
      `import { openBroker, type Broker } from 'content-addressed-broker';
      export const broker: Promise<Broker> = openBroker({ root: 'root' });`,
    );
    const types = ['--types', 'node', '--typeRoots', join(checkout, 'node_modules/@types')];
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext'];
    const tsc = join(checkout, 'node_modules/typescript/bin/tsc');
    const files = ['typed.mts', 'typed.cts'];
    const told = await run(
      process.execPath,
      [tsc, ...options, ...types, '--skipLibCheck', 'false', ...files],
      { cwd: installed.folder },
    ).catch((error: unknown) => error);
    expect(told).toMatchObject({ stdout: '' });
  });
});

describeEmbeddingExamples(() => installed);

it('needs SQLite and oclif alone', async () => {
  const text = await readFile(join(installed.package, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies)).toEqual(['@oclif/core', 'better-sqlite3']);
  expect(installed.dependencies.length).toBeLessThan(100);
});

it('does not tell where it was built', async () => {
  const files = await readdir(installed.package, { recursive: true, withFileTypes: true });
  const telling: string[] = [];
  for (const file of files.filter((each) => each.isFile())) {
    const path = join(file.parentPath, file.name);
    const bytes = await readFile(path);
    if (bytes.includes(checkout) || bytes.includes(join(homedir(), '/'))) telling.push(path);
  }
  expect(files.length).toBeGreaterThan(50);
  expect(telling).toEqual([]);
});

describe.skipIf(sqliteDriver === 'node:sqlite')('without the native part of SQLite', () => {
  const mend = (): RegExp =>
    new RegExp(
      `^error: .*the native part of SQLite \\(better-sqlite3\\) .*\\n {2}hint: .*cd ${installed.folder} && npm rebuild better-sqlite3\\n$`,
    );
  const native = (): string =>
    join(installed.folder, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node');

  async function takeAway(): Promise<void> {
    const [file, aside] = [native(), join(installed.folder, 'aside.node')];
    await rename(file, aside);
    onTestFinished(() => rename(aside, file));
  }

  it('says how to build it, whatever the command', async () => {
    const calls = [
      submitted,
      ['submit', 'ballad.features.json', '--enqueue', '--runner', 'sh:cat'],
      ['status'],
      ['history', 'ballad.features'],
      ['retry', '01890000-0000-7000-8000-000000000000'],
      ['cancel', '01890000-0000-7000-8000-000000000000'],
      ['logs', '01890000-0000-7000-8000-000000000000'],
      ['pin', 'ballad.features'],
      ['verify'],
      ['gc'],
      ['explain', 'ballad.features.json', '--db', 'spine.db'],
      ['watch', 'runners', '--db', 'spine.db'],
      ['serve', '--port', '0'],
      ['spine', 'import', 'songs.csv', '--out', 'own.db'],
    ];
    await cp(join(installed.package, 'examples/songs.csv'), join(cwd, 'songs.csv'));
    await installedCab(...submitted);
    await takeAway();
    const ended = await Promise.all(
      calls.map(async (args) => ({ args, ...(await installedCab(...args)) })),
    );
    for (const { args, stderr, code } of ended) {
      expect(stderr, args.join(' ')).toMatch(mend());
      expect(code, args.join(' ')).toBe(4);
    }
  });

  it('says so in one line where it was built for something else', async () => {
    await installedCab(...submitted);
    await takeAway();
    await writeFile(native(), 'built for another system');
    const { stderr, code } = await installedCab('status');
    expect(stderr).toMatch(mend());
    expect(code).toBe(4);
  });

  it('is found by cab doctor, which looks at everything else as well', async () => {
    await installedCab(...submitted);
    await takeAway();
    const { stdout, code } = await installedCab('doctor', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string }[] };
    const problems = findings.filter(({ state }) => state === 'problem');
    expect(problems.map(({ check }) => check)).toEqual(['sqlite', 'job store']);
    expect(findings.at(-1)?.check).toBe('leftovers');
    expect(code).toBe(1);
  });

  it('does not keep from reading what is published', async () => {
    await installedCab(...submitted);
    await takeAway();
    expect(await installedCab('get', 'ballad.features', '-o', 'out')).toMatchObject({ code: 0 });
  });
});
