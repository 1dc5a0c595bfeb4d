import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Runner } from '../../src/core/ports/runner.ts';
import { hasEnded, parseStat } from '../../src/support/process/process-stat.ts';
import { resolveRunner } from '../../src/compose/resolve-runner.ts';
import { isRunning, newCall, pidIn, rejection } from '../contract/runner.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'runners');
let root: string;
const opened: Runner[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cab-module-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((runner) => runner.close()));
  await rm(root, { recursive: true, force: true });
});

function open(spec: string, cwd = fixtures): Runner {
  const runner = resolveRunner(spec, { cwd, killGraceMs: 200, maxHeapMb: 64 });
  opened.push(runner);
  return runner;
}

it('gives the call as one object, runner_kwargs beside it, and keeps the module loaded', async () => {
  const runner = open('./misbehave.mjs');
  const first = await newCall(root, { gain: 2 });
  const result = await runner.run(first.call, first.context);
  expect(result).toEqual({ artifact: first.call.artifact_path, manifest: null });
  expect(JSON.parse(await readFile(result.artifact, 'utf8'))).toEqual({
    ...first.call,
    ...{ gain: 2, calls: 1 },
  });
  const second = await newCall(root);
  await runner.run(second.call, second.context);
  expect(await readFile(second.call.artifact_path, 'utf8')).toContain('"calls":2');
});

it.each([
  ['exits', 'runner_failed', { exit_code: 7, last_lines: ['about to exit'] }],
  ['rejectsUnhandled', 'runner_failed', { exception: 'TypeError' }],
  ['fillsHeap', 'runner_failed', { exception: 'Error' }],
  ['throwsText', 'runner_failed', { exception: 'string' }],
  ['writesNothing', 'runner_result_invalid', {}],
  ['answersNonsense', 'runner_result_invalid', {}],
])('survives an export that %s', async (name, code, details) => {
  const runner = open(`./misbehave.mjs:${name}`);
  for (let round = 0; round < 2; round++) {
    const { call, context } = await newCall(root);
    const error = await rejection(runner.run(call, context));
    expect(error).toMatchObject({ code, details: { runner: `misbehave.mjs:${name}`, ...details } });
  }
});

it.each(['spins', 'waitsInSpawnSync'])('ends an export that %s', async (name) => {
  const meeting = join(root, 'meeting');
  const { call, context, stop } = await newCall(root, { meeting });
  const running = rejection(open(`./misbehave.mjs:${name}`).run(call, context));
  const pid = await pidIn(meeting);
  const reason = stop('canceled');
  expect(await running).toBe(reason);
  if (pid !== process.pid) expect(isRunning(pid)).toBe(false);
});

it('gives the signal first', async () => {
  const meeting = join(root, 'meeting');
  const { call, context, stop, said } = await newCall(root, { meeting });
  const running = rejection(open('./misbehave.mjs:heedsSignal').run(call, context));
  await pidIn(meeting);
  stop('timeout');
  await running;
  expect(said.stdout).toBe('saw AbortError: job was timeout\n');
});

it('refuses runner_kwargs that would shadow the call', async () => {
  const { call, context } = await newCall(root, { source_hash: 'other' });
  const error = await rejection(open('./misbehave.mjs').run(call, context));
  expect(error).toMatchObject({
    code: 'invalid_request',
    details: { field: 'runner_kwargs.source_hash' },
  });
});

it.each([
  ['./not-there.mjs', 'runner_not_found', 'not-there.mjs'],
  ['./misbehave.mjs:absent', 'runner_invalid', 'exports answersNonsense'],
  ['./misbehave.mjs:notAFunction', 'runner_invalid', 'is not a function'],
  ['./broken.mjs', 'runner_invalid', 'is-not-there.mjs'],
  ['npm:not-installed', 'runner_not_found', 'not-installed'],
])('refuses %s before the first job', async (spec, code, text) => {
  const error = await rejection(open(spec).prepare?.() ?? Promise.resolve());
  expect(error.code).toBe(code);
  expect(error.message).toContain(text);
});

it.skipIf('typescript' in process.features)('says what a TypeScript runner needs', async () => {
  const error = await rejection(open('./typed.ts').prepare?.() ?? Promise.resolve());
  expect(error).toMatchObject({ code: 'runner_invalid' });
  expect(error.message).toContain('use Node 22.18 or newer');
});

const source = (text: string, head = '') =>
  `${head}import { writeFileSync } from 'node:fs';
export const run = ({ artifact_path }) => writeFileSync(artifact_path, ${text});\n`;

it('changes its version, and what it runs, with the code and with the files that it imports', async () => {
  await writeFile(join(root, 'part.mjs'), 'export const text = "one";');
  await writeFile(join(root, 'main.mjs'), source('text', "import { text } from './part.mjs';\n"));
  const runner = open('./main.mjs', root);
  const outcome = async () => {
    const { call, context } = await newCall(root);
    const { artifact } = await runner.run(call, context);
    return [(await runner.identify()).version, await readFile(artifact, 'utf8')];
  };
  const [first, one] = await outcome();
  await writeFile(join(root, 'part.mjs'), 'export const text = "two";');
  const [second, two] = await outcome();
  expect([one, two]).toEqual(['one', 'two']);
  expect(second).not.toBe(first);
});

it('has the same version wherever it lies, and takes the author’s where there is one', async () => {
  for (const place of ['a', 'b']) {
    await mkdir(join(root, place));
    await writeFile(join(root, place, 'r.mjs'), source('"x"'));
  }
  const [a, b] = [open('./a/r.mjs', root), open('./b/r.mjs', root)];
  expect(await a.identify()).toEqual(await b.identify());
  await writeFile(join(root, 'a', 'r.mjs'), source('"x"', "export const version = '1.4';\n"));
  expect(await a.identify()).toMatchObject({ name: 'r.mjs', version: '1.4' });
});

it('takes a package from node_modules, ES modules alone included, with its version', async () => {
  const folder = join(root, 'node_modules', '@scope', 'pkg');
  await mkdir(folder, { recursive: true });
  await cp(join(fixtures, 'misbehave.mjs'), join(folder, 'main.js'));
  const about = { version: '3.2.1', type: 'module', exports: { import: './main.js' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(about));
  const runner = open('@scope/pkg:default', root);
  expect(await runner.identify()).toMatchObject({ name: '@scope/pkg:default', version: '3.2.1' });
  const { call, context } = await newCall(root);
  await expect(runner.run(call, context)).resolves.toBeDefined();
});

it.runIf(process.platform === 'linux')(
  'leaves no zombie of a call that is canceled as it begins, nor of one that is closed',
  // A thread that starts a child at the very moment of its end cannot collect it, and nothing else can: such a zombie
  // stays until the process ends. That is rare; one in each of four runs is not.
  { retry: 3 },
  async () => {
    // Those that an earlier run or file has left.
    const before = new Set(zombiesOf(process.pid));
    const left = (): string[] => zombiesOf(process.pid).filter((pid) => !before.has(pid));
    for (const afterMs of [0, 20, 100, 200]) {
      const meeting = join(root, `meeting-${afterMs}`);
      const runner = open('./misbehave.mjs:startsLate');
      const { call, context, stop } = await newCall(root, { meeting });
      const running = rejection(runner.run(call, context));
      await sleep(afterMs);
      const reason = stop('canceled');
      expect(await running).toBe(reason);
      await runner.close();
      expect(left()).toEqual([]);
    }
    const meeting = join(root, 'closed');
    const runner = open('./misbehave.mjs:startsLate');
    const { call, context } = await newCall(root, { meeting });
    const running = rejection(runner.run(call, context));
    await pidIn(meeting);
    await runner.close();
    expect(await running).toMatchObject({ code: 'runner_failed' });
    expect(left()).toEqual([]);
  },
);

const zombiesOf = (parent: number): string[] =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const stat = parseStat(readFileSync(`/proc/${name}/stat`, 'latin1'));
      return stat.parent === parent && hasEnded(stat);
    } catch {
      return false;
    }
  });
