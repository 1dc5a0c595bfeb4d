import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Runner } from '../../src/core/ports/runner.ts';
import { resolveRunner } from '../../src/compose/resolve-runner.ts';
import { runProgram } from '../../src/runners/program/run-program.ts';
import { isRunning, newCall, pidIn, rejection } from '../contract/runner.ts';

let root: string;
const opened: Runner[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cab-program-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((runner) => runner.close()));
  await rm(root, { recursive: true, force: true });
});

function open(spec: string, cwd = root): Runner {
  const runner = resolveRunner(spec, { cwd, killGraceMs: 200 });
  opened.push(runner);
  return runner;
}

async function outcome(spec: string, kwargs = {}) {
  const { call, context, said } = await newCall(root, kwargs);
  const { artifact } = await open(spec).run(call, context);
  return { call, said, artifact, text: await readFile(artifact, 'utf8') };
}

it('makes standard output the artifact, and leaves nothing else', async () => {
  const { artifact, text, call, said } = await outcome('exec:printf %s {track_id}');
  expect(text).toBe(call.track_id);
  expect(await readdir(dirname(artifact))).toEqual(['artifact.json']);
  expect(await readdir(call.out_root)).toEqual(['echo']);
  expect(said.stdout).toBe('');
});

it('takes standard output for log where the program wrote the artifact', async () => {
  const { text, said } = await outcome(
    'sh:echo log; p=CAB_ARTIFACT; eval "echo made > \\"\\$${p}_PATH\\""',
  );
  expect(text).toBe('made\n');
  expect(said.stdout).toBe('log\n');
});

it('does not hold an artifact in memory', async () => {
  const size = 256 * 1024 * 1024;
  const before = process.resourceUsage().maxRSS;
  const { call, context } = await newCall(root);
  const { artifact } = await open(`exec:head -c ${size} /dev/zero`).run(call, context);
  expect((await stat(artifact)).size).toBe(size);
  // In KiB.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(size / 1024 / 2);
});

it('puts a value into one argument, never split or expanded', async () => {
  const { text } = await outcome(
    `exec:printf '[%s]' {arg.title}.wav "--x={arg.title}" '{{a}}' a\\ b {arg.n} ""`,
    { title: 'a  b $(id) "c" {features}', n: [1, 2] },
  );
  expect(text).toBe(
    '[a  b $(id) "c" {features}.wav][--x=a  b $(id) "c" {features}][{a}][a b][[1,2]][]',
  );
});

it('puts each field of the call where its name stands', async () => {
  const names = ['features', 'input', 'manifest', 'out_root', 'track_id', 'run_id'];
  const more = ['config_hash', 'source_hash', 'db_hash', 'probe', 'runner_kwargs'];
  const words = [...names, ...more].map((name) => `{${name}}`).join(' ');
  const { text, call } = await outcome(`exec:printf '%s\\n' ${words}`, { gain: 2 });
  expect(text.split('\n').slice(0, -1)).toEqual([
    ...[call.features_path, call.features_path, call.manifest_path],
    ...[call.out_root, call.track_id, 'r1', 'c0', 's0', '', '{"top_k":3}', '{"gain":2}'],
  ]);
});

it('gives the call by environment and on standard input', async () => {
  const { text, call } = await outcome('sh:env; cat', { gain: 2 });
  for (const line of [
    `CAB_FEATURES_PATH=${call.features_path}`,
    `CAB_ARTIFACT_PATH=${call.artifact_path}`,
    `CAB_MANIFEST_PATH=${call.manifest_path}`,
    `CAB_OUT_ROOT=${call.out_root}`,
    `CAB_TRACK_ID=${call.track_id ?? ''}`,
    'CAB_RUN_ID=r1',
    'CAB_CONFIG_HASH=c0',
    'CAB_SOURCE_HASH=s0',
    'CAB_PROBE_JSON={"top_k":3}',
    'CAB_RUNNER_KWARGS_JSON={"gain":2}',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).not.toContain('CAB_DB_PATH');
  expect(JSON.parse(text.slice(text.lastIndexOf('\n') + 1))).toEqual(call);
});

it('does not mind a program that leaves a large call unread', async () => {
  const { text } = await outcome('exec:echo done', { filler: 'x'.repeat(100_000) });
  expect(text).toBe('done\n');
});

it('ends what a program leaves in the background', async () => {
  const meeting = join(root, 'pid');
  const { text } = await outcome(`sh:setsid sh -c 'echo $$ > "${meeting}"; exec sleep 1000' &
    while [ ! -s "${meeting}" ]; do sleep 0.01; done; echo done`);
  expect(text).toBe('done\n');
  expect(isRunning(await pidIn(meeting))).toBe(false);
});

it.each([
  ['sh:exit 9', 'runner_failed', { exit_code: 9 }],
  ['sh:kill -9 $$', 'runner_killed', { signal: 'SIGKILL' }],
  ['exec:true', 'runner_result_invalid', {}],
  ['exec:echo {artifact}', 'runner_result_invalid', {}],
  ['exec:echo {db}', 'invalid_request', { field: 'db_path' }],
  ['exec:echo {arg.gain}', 'invalid_request', { field: 'runner_kwargs.gain' }],
])('fails for %s', async (spec, code, details) => {
  const { call, context } = await newCall(root);
  expect(await rejection(open(spec).run(call, context))).toMatchObject({ code, details });
});

it('shows the last lines of both streams when it fails', async () => {
  const { call, context } = await newCall(root);
  const error = await rejection(open('sh:echo out; echo err >&2; exit 1').run(call, context));
  expect(error.details['last_lines']).toEqual(expect.arrayContaining(['out', 'err']));
});

it('refuses a missing or unusable program before the first job', async () => {
  await writeFile(join(root, 'plain'), 'text');
  await mkdir(join(root, 'folder'));
  for (const [spec, code] of [
    ['exec:no-such-program-here', 'runner_not_found'],
    ['exec:./absent', 'runner_not_found'],
    ['exec:./folder', 'runner_not_found'],
    ['exec:./plain', 'runner_invalid'],
  ] as const)
    expect(await rejection(open(spec).identify())).toMatchObject({ code });
  expect(await rejection(open('exec:./plain').identify())).toMatchObject({
    hint: containing('chmod +x ./plain'),
  });
});

it.each([
  ['exec:cat {featurs}', 'did you mean features'],
  ['exec:cat {"a":1}', 'unknown placeholder'],
  ['exec:cat "open', 'left open'],
  ['sh:cat "{features}"', 'not replaced in a shell line'],
])('refuses %s when it is read', (spec, message) => {
  expect(() => open(spec)).toThrow(
    expect.objectContaining({ code: 'runner_invalid', message: containing(message) }),
  );
});

it('leaves the braces of a shell line alone', async () => {
  const { text } = await outcome(`sh:features=x; echo a b | awk '{print $2}'; echo "\${features}"`);
  expect(text).toBe('b\nx\n');
});

it('refuses a job without the database that the command names', async () => {
  const input = {
    features_path: '/x',
    features: null,
    db_path: null,
    probe: {},
    runner_kwargs: {},
  };
  const error = await rejection(open('sh:cat "$CAB_DB_PATH"').accept(input));
  expect(error).toMatchObject({ code: 'invalid_request', details: { field: 'db_path' } });
});

it('has a version that follows the files it names, wherever they lie', async () => {
  for (const place of ['a', 'b']) {
    await mkdir(join(root, place));
    await writeFile(join(root, place, 'tool.sh'), '#!/bin/sh\necho one\n');
    await chmod(join(root, place, 'tool.sh'), 0o755);
  }
  const here = await open('exec:./tool.sh', join(root, 'a')).identify();
  expect(await open('exec:./tool.sh', join(root, 'b')).identify()).toEqual(here);
  const absolute = (place: string) =>
    open(`exec:sh --x=${join(root, place, 'tool.sh')}`).identify();
  expect((await absolute('a')).name).toBe('exec:sh --x=tool.sh');
  expect(await absolute('b')).toEqual(await absolute('a'));
  await writeFile(join(root, 'a', 'tool.sh'), '#!/bin/sh\necho two\n');
  const after = await open('exec:./tool.sh', join(root, 'a')).identify();
  expect(after.version).not.toBe(here.version);
  expect((await absolute('a')).version).not.toBe((await absolute('b')).version);
  const line = await open('sh:. ./tool.sh', join(root, 'a')).identify();
  expect(line.version).not.toBe((await open('sh:. ./tool.sh', join(root, 'b')).identify()).version);
});

it('leaves nothing of a run on the signal that lives as long as the runner', async () => {
  const { signal } = new AbortController();
  const start = { runner: 'exec:echo', argv: ['echo', 'made'], writesArtifact: false };
  const looks = new Set<string>();
  for (let run = 0; run < 3; run += 1) {
    const { call, context } = await newCall(root);
    const own = { cwd: root, env: process.env, killGraceMs: 200 };
    await runProgram({ ...start, ...own }, call, context, signal);
    looks.add(inspect(signal, { showHidden: true, customInspect: false, depth: 5 }));
  }
  expect([...looks]).toHaveLength(1);
});

const containing = (text: string): unknown => expect.stringContaining(text);

it('ends for good where a value holds what no program can be given', async () => {
  const { call, context } = await newCall(root, { title: 'a\0b' });
  expect(await rejection(open('exec:printf {arg.title}').run(call, context))).toMatchObject({
    code: 'invalid_request',
    details: { field: 'runner_kwargs.title' },
  });
  // By the environment, where an earlier version accepted it.
  const earlier = { ...call, track_id: 'a\0b' };
  expect(await rejection(open('sh:true').run(earlier, context))).toMatchObject({
    code: 'invalid_request',
    retry: undefined,
  });
});
