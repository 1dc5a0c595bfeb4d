import { cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod/mini';
import type { Runner } from '../../src/core/ports/runner.ts';
import { normalizeRunnerSpec, resolveRunner } from '../../src/compose/resolve-runner.ts';
import { eventually, isRunning, newCall, pidIn, rejection } from '../contract/runner.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'runners');
let root: string;
const opened: Runner[] = [];

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'cab-python-')));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((runner) => runner.close()));
  await rm(root, { recursive: true, force: true });
});

function open(spec: string, cwd = fixtures, env: NodeJS.ProcessEnv = process.env): Runner {
  const runner = resolveRunner(spec, { cwd, env, killGraceMs: 200 });
  opened.push(runner);
  return runner;
}

const seenSchema = z.object({
  types: z.record(z.string(), z.string()),
  values: z.record(z.string(), z.unknown()),
  calls: z.number(),
  cwd: z.string(),
  pid: z.number(),
});

it('gives a runner of the reference form exactly its arguments, and keeps the process warm', async () => {
  const runner = open('reference_form:run');
  const seen = [];
  for (const db_path of [null, join(root, 'spine.db')]) {
    const { call, context } = await newCall(root);
    const { artifact, manifest } = await runner.run({ ...call, db_path }, context);
    expect(manifest).toBe(artifact.replace(/artifact\.json$/, 'manifest.json'));
    const about = seenSchema.parse(JSON.parse(await readFile(artifact, 'utf8')));
    const { features_path, out_root, track_id, run_id, config_hash, db_hash, probe_kwargs } = call;
    expect(about.values).toEqual({
      ...{ features_path, out_root, track_id, run_id, config_hash, db_path, db_hash },
      probe_kwargs,
    });
    expect(about.types['features_path']).toBe('PosixPath');
    expect(about.types['out_root']).toBe('PosixPath');
    expect(about.types['db_path']).toBe(db_path === null ? 'NoneType' : 'PosixPath');
    expect(about.cwd).toBe(fixtures);
    seen.push(about);
  }
  expect(seen[1]).toMatchObject({ calls: 2, pid: seen[0]?.pid });
});

it.each(['pair', 'named', 'path_alone', 'coroutine', 'Nested.run'])(
  'takes what %s answers',
  async (name) => {
    const { call, context } = await newCall(root);
    expect(await open(`reference_form:${name}`).run(call, context)).toEqual({
      artifact: join(call.out_root, 'artifact.json'),
      manifest: null,
    });
  },
);

it('passes runner_kwargs, and refuses those that the callable does not take, or lacks', async () => {
  const runner = open('python:reference_form.takes_two');
  const good = await newCall(root, { gain: 2 });
  await expect(runner.run(good.call, good.context)).resolves.toBeDefined();
  for (const [kwargs, name] of [
    [{ gain: 2, gian: 3 }, 'gian'],
    [{}, 'gain'],
    [{ gain: 2, out_root: '/' }, 'out_root'],
  ] as const) {
    const { call, context } = await newCall(root, kwargs);
    const error = await rejection(runner.run(call, context));
    expect(error.code).toBe('invalid_request');
    expect(error.message).toContain(name);
  }
});

it.each([
  ['sys_exit', { exit_code: 4, exception: 'SystemExit' }],
  ['os_exit', { exit_code: 5, last_lines: ['about to exit'] }],
  ['segfault', { signal: 'SIGSEGV' }, 'runner_killed'],
  ['prints_without_end', { exception: 'ValueError', last_lines: ['no line end'] }],
])('survives a callable that does %s', async (name, details, code = 'runner_failed') => {
  const runner = open(`reference_form:${name}`);
  for (let round = 0; round < 2; round++) {
    const { call, context } = await newCall(root);
    const error = await rejection(runner.run(call, context));
    expect(error).toMatchObject({ code, details });
  }
});

it('refuses an answer without an artifact', async () => {
  const { call, context } = await newCall(root);
  const error = await rejection(open('reference_form:answers_nothing').run(call, context));
  expect(error.code).toBe('runner_result_invalid');
});

it.each([
  ['no.such.module:run', 'runner_not_found', 'no.such'],
  ['broken_module:run', 'runner_invalid', 'broken at import'],
  ['reference_form:absent', 'runner_invalid', 'absent'],
  ['reference_form:not_callable', 'runner_invalid', 'not callable'],
])('refuses %s before the first job', async (spec, code, text) => {
  const error = await rejection(open(spec).prepare?.() ?? Promise.resolve());
  expect(error.code).toBe(code);
  expect(error.message).toContain(text);
});

it('names an interpreter that is not there', async () => {
  const runner = resolveRunner('reference_form:run', { cwd: fixtures, python: 'no-such-python' });
  const error = await rejection(runner.prepare?.() ?? Promise.resolve());
  expect(error.code).toBe('runner_not_found');
  expect(error.message).toContain('no-such-python');
});

it('finds modules as the caller would, also when another process runs the stored spec', async () => {
  const env = { ...process.env, PYTHONPATH: './elsewhere' };
  const stored = normalizeRunnerSpec('only_on_path:run', fixtures, env);
  const runner = open(stored, root, { PATH: process.env['PATH'] });
  expect(await runner.identify()).toMatchObject({ name: 'only_on_path:run', version: '2.1' });
  const { call, context } = await newCall(root);
  const { artifact } = await runner.run(call, context);
  expect(await readFile(artifact, 'utf8')).toBe('from PYTHONPATH');
});

it('asks the interpreter about a module that is not among the caller’s files', async () => {
  const identity = await open('json.tool:main').identify();
  expect(identity.name).toBe('json.tool:main');
  expect(identity.version).toMatch(/^sha256:[0-9a-f]{64}$/);
});

it('changes its version, and what it runs, with the code and with the modules that it imports', async () => {
  await cp(join(fixtures, 'elsewhere'), root, { recursive: true });
  const main = join(root, 'only_on_path.py');
  await writeFile(main, (await readFile(main, 'utf8')).replace(/^__version__.*$/m, ''));
  const runner = open('only_on_path:run', root);
  const outcome = async () => {
    const { call, context } = await newCall(root);
    const { artifact } = await runner.run(call, context);
    return [(await runner.identify()).version, await readFile(artifact, 'utf8')];
  };
  const [first] = await outcome();
  await writeFile(join(root, 'helper_on_path.py'), 'TEXT = "changed meanwhile"');
  const [second, text] = await outcome();
  expect(text).toBe('changed meanwhile');
  expect(second).not.toBe(first);
});

it('ends with its children when the process that holds it is killed', async () => {
  const meeting = join(root, 'meeting');
  const bridge = join(import.meta.dirname, '..', '..', 'dist', 'bridge.py');
  const request = { type: 'call', arguments: {}, runner_kwargs: { meeting } };
  const holder = spawn(process.execPath, ['-e', holderSource(bridge, request)], { cwd: fixtures });
  const pids = await Promise.all([pidIn(meeting), pidIn(`${meeting}.bridge`)]);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await eventually(() => (pids.some(isRunning) ? undefined : true));
});

const holderSource = (bridge: string, request: object) => `
  const child = require('node:child_process').spawn('python3', [${JSON.stringify(bridge)}, 'reference_form', 'waits'],
    { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  child.stdio[3].write(${JSON.stringify(`${JSON.stringify(request)}\n`)});`;
