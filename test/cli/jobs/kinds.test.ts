import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openBroker } from '../../../src/compose/open-broker.ts';
import { runCommand, type Ran } from '../../helpers/run-command.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

let dir = '';
beforeEach(async () => {
  dir = await tempDir();
  await file('a.txt', 'one\n');
  await file('b.txt', 'two\n');
});

const path = (name: string) => join(dir, name);
const file = (name: string, text: string) => writeFile(path(name), text);
const kinds = (jobs: unknown) => file('cab.config.json', JSON.stringify({ jobs }));
const script = async (name: string, ...lines: readonly string[]) => {
  await file(name, ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(path(name), 0o755);
};

const cab = (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  runCommand([...words], {
    ...{ cwd: dir, openBroker },
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, ...env },
  });
const submit = (words: readonly string[], env?: Readonly<Record<string, string>>) =>
  cab(['submit', ...words, '--json', '--wait', '--offline'], env);
const textOf = async (words: readonly string[], env?: Readonly<Record<string, string>>) => {
  const { json, stderr } = await submit(words, env);
  const [job] = json as { result: { artifact_path: string } | null }[];
  if (job?.result == null) throw new Error(`${JSON.stringify(job)} ${stderr}`);
  return readFileSync(job.result.artifact_path, 'utf8');
};

describe('a kind of job with a command', () => {
  const upper = {
    command: ['sh', '-c', 'mkdir -p out; (cat {input}; echo $LEVEL) | tr a-z A-Z > out/{stem}.up'],
    inputs: ['{input}'],
    outputs: ['out/{stem}.up'],
    env: ['LEVEL'],
  };

  it('is the same work in the queue and under cab run', async () => {
    await kinds({ upper });
    const { json, code } = await submit(['--job', 'upper', 'a.txt', 'b.txt'], { LEVEL: 'x' });
    expect(code).toBe(0);
    expect(json).toMatchObject([
      { status: 'done', cached: false, kind: 'upper', track_id: 'upper a.txt' },
      { status: 'done', cached: false, kind: 'upper', track_id: 'upper b.txt' },
    ]);
    expect(readFileSync(path('out/b.up'), 'utf8')).toBe('TWO\nX\n');
    expect((await cab(['run', 'upper', 'a.txt'], { LEVEL: 'x' })).stderr).toMatch(/^cab: hit/);
    expect((await cab(['run', 'upper', 'a.txt'])).stderr).toMatch(/LEVEL is another/);
    const hit = await submit(['--job', 'upper', 'a.txt']);
    expect(hit.json).toMatchObject([{ cached: true }]);
  });

  it('runs nothing if an input was changed since the job was accepted', async () => {
    await kinds({ upper });
    await cab(['submit', '--job', 'upper', 'a.txt', '--enqueue', '--offline']);
    await file('a.txt', 'other\n');
    const { json } = await cab(['submit', '--adopt', '--json', '--offline']);
    expect(json).toEqual([]);
    const { json: jobs } = await cab(['status', '--json']);
    expect(jobs).toMatchObject([
      { jobs: [{ status: 'error', problem: { code: 'input_changed' } }] },
    ]);
    expect(existsSync(path('out'))).toBe(false);
  });

  it('may be about no file', async () => {
    await kinds({ all: { command: 'cat *.txt', inputs: ['*.txt'] } });
    const { json } = await submit(['--job', 'all']);
    expect(json).toMatchObject([{ status: 'done', track_id: 'all' }]);
  });

  it('runs no more jobs at a time than it says, whatever the worker could', async () => {
    const line =
      'mkdir lock || echo {stem} >> overlaps; sleep 0.1; rmdir lock; echo {stem} > {stem}.out';
    const one = { command: line, inputs: ['{input}'], outputs: ['{stem}.out'], concurrency: 1 };
    await kinds({ one });
    const names = ['c', 'd', 'e', 'f'].map((name) => `${name}.txt`);
    for (const name of names) await file(name, name);
    const { json } = await submit(['--job', 'one', ...names, '--concurrency', '4']);
    expect(json.map((job) => (job as { status: string }).status)).toEqual(Array(4).fill('done'));
    expect(existsSync(path('overlaps'))).toBe(false);
  });
});

describe('a kind of job with a runner', () => {
  beforeEach(async () => {
    await script('count.sh', 'echo "$PREFIX $FIXED $1 $(wc -l < "$2") $(cat helper.txt)"');
    await file('helper.txt', 'help');
    await kinds({
      count: {
        runner: 'exec:./count.sh {arg.word} {input}',
        args: { word: 'usual' },
        inputs: ['helper.txt'],
        env: ['PREFIX', 'FIXED=1'],
        ...{ retries: 2, timeout: '1m', priority: 3 },
      },
    });
  });

  it('has its own arguments, variables and limits, which yield to flags', async () => {
    const { json } = await submit(['--job', 'count', 'a.txt'], { PREFIX: 'p' });
    expect(json).toMatchObject([
      { kind: 'count', track_id: 'a', max_attempts: 3, timeout_s: 60, priority: 3 },
    ]);
    expect(await textOf(['--job', 'count', 'a.txt'], { PREFIX: 'p' })).toBe('p 1 usual 1 help\n');
    const flags = ['--runner-arg', 'word=other', '--priority', '7', '--env', 'PREFIX=q'];
    expect(await textOf(['--job', 'count', 'a.txt', ...flags])).toBe('q 1 other 1 help\n');
  });

  it('is a miss once a declared file is another, and explain names the file', async () => {
    await submit(['--job', 'count', 'a.txt']);
    await file('helper.txt', 'more help');
    const { stdout, code } = await cab(['explain', '--job', 'count', 'a.txt', '--exit-code']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/inputs\.helper\.txt +"[0-9a-f]{64}" +"[0-9a-f]{64}"/);
    expect(await textOf(['--job', 'count', 'a.txt'])).toMatch(/more help/);
  });

  it('keeps what it declares when a job of it is retried', async () => {
    await script('count.sh', 'test "$PREFIX" = ok -a -e ready && cat helper.txt');
    const failed = await submit(['--job', 'count', 'a.txt', '--retries', '0'], { PREFIX: 'ok' });
    const [job] = failed.json as { job_id: string; status: string }[];
    expect(job).toMatchObject({ status: 'error' });
    await file('ready', '');
    const { json } = await cab(['retry', job?.job_id ?? '', '--wait', '--json', '--offline']);
    expect(json).toMatchObject([{ status: 'done', kind: 'count' }]);
  });
});

describe('what a submission declares', () => {
  const python = `import os
def main(out_root, **_):
    path = out_root / "out.txt"
    path.write_text(open("helper.txt").read() + os.environ.get("LEVEL", ""))
    return path
`;
  const module = `import { readFileSync, writeFileSync } from 'node:fs';
export const version = '1';
export const run = ({ artifact_path, runner_kwargs }) =>
  writeFileSync(artifact_path, readFileSync(runner_kwargs.helper, 'utf8') + (process.env.LEVEL ?? ''));
`;

  it.each([
    'exec:cat helper.txt',
    'sh:cat helper.txt; printf %s "$LEVEL"',
    'step:main',
    './step.mjs',
  ])('reaches %s, and is in its key', async (runner) => {
    await file('step.py', python);
    await file('step.mjs', module);
    await file('helper.txt', 'h1');
    const words = ['a.txt', '--runner', runner, '--input', 'helper.txt', '--env', 'LEVEL'];
    if (runner === './step.mjs') words.push('--runner-arg', `helper=${path('helper.txt')}`);
    const first = await submit(words, { LEVEL: '1' });
    const again = await submit(words, { LEVEL: '1' });
    const other = await submit(words, { LEVEL: '2' });
    expect(first.json).toMatchObject([{ status: 'done', cached: false }]);
    expect(again.json).toMatchObject([{ cached: true }]);
    expect(other.json).toMatchObject([{ status: 'done', cached: false }]);
    if (!runner.startsWith('exec:')) expect(await textOf(words, { LEVEL: '2' })).toBe('h12');
    await file('helper.txt', 'h2');
    expect(await textOf(words, { LEVEL: '1' })).toMatch(/^h2/);
  });

  it('makes no result of a file that was changed while the runner ran', async () => {
    await file('helper.txt', 'before');
    const { json } = await submit([
      ...['a.txt', '--runner', 'sh:echo after > helper.txt; echo done'],
      ...['--input', 'helper.txt'],
    ]);
    expect(json).toMatchObject([{ status: 'error', problem: { code: 'input_changed' } }]);
  });

  it('counts a file that appears in a declared folder', async () => {
    await mkdir(path('lib'));
    await file('lib/one', '1');
    const words = ['a.txt', '--runner', 'sh:cat lib/*', '--input', 'lib'];
    expect(await textOf(words)).toBe('1');
    await file('lib/two', '2');
    expect(await textOf(words)).toBe('12');
  });
});

describe('a kind that cannot be', () => {
  it.each([
    [['--job', 'nothing', 'a.txt'], /names no kind of job "nothing".*\n.*upper/s],
    [['--job', 'uper', 'a.txt'], /Did you mean upper/],
    [['--job', 'upper'], /upper is about a file, and none is named/],
    [['--job', 'upper', 'a.txt', '--probe', 'x=1'], /probe: upper is a command/],
    [['--job', 'upper', 'a.txt', '--runner', 'exec:cat'], /--job upper and --runner/],
    [['--job', 'upper', 'missing.txt'], /missing\.txt/],
    [['--job', 'upper', '/etc/hostname'], /lies outside of the project/],
    [['a.txt', '--runner', 'exec:cat', '--input', 'none/*'], /none\/\*/],
    [['a.txt', '--runner', 'exec:cat', '--env', '1X'], /expected NAME or NAME=VALUE/],
    [['a.txt', '--runner', 'exec:cat', '--env', 'PATH=/x'], /env\.PATH: a job may not set it/],
    [['a.txt', '--runner', 'exec:cat', '--input', '../x'], /outside of the project|x/],
  ])('is refused: %j', async (words, message) => {
    await kinds({ upper: { command: 'cat {input}', inputs: ['{input}'] } });
    const { code, stderr } = await cab(['submit', ...words, '--offline']);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  });

  it.each([
    [{ x: { runner: 'exec:cat', command: 'cat' } }, /jobs\.x/],
    [{ x: { runner: 'exec:cat', args: 3 } }, /jobs\.x\.args/],
    [{ x: { command: 'cat', concurrency: 0 } }, /jobs\.x\.concurrency/],
    [{ x: { command: 'cat', retries: -1 } }, /jobs\.x\.retries/],
  ])('is named with its place in the file: %j', async (jobs, message) => {
    await kinds(jobs);
    const { code, stderr } = await cab(['submit', '--job', 'x', 'a.txt', '--offline']);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
