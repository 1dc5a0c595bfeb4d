import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  endLeftoverProcess,
  noteProcess,
  processNote,
} from '../../../src/support/process/leftover-process.ts';
import {
  markVariable,
  processStart,
  terminateTree,
  type ProcessTree,
} from '../../../src/support/process/process-tree.ts';
import { bundle } from '../../helpers/bundle.ts';
import { isRunning, pidIn } from '../../contract/runner.ts';

let root: string;
let trees: ProcessTree[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cab-tree-'));
  trees = [];
});
afterEach(async () => {
  await Promise.all(trees.map((tree) => terminateTree(tree, { graceMs: 0 })));
  await rm(root, { recursive: true, force: true });
});

/** Starts a shell line in which `wait_as NAME` writes its pid and sleeps. */
function start(line: string, mark: string = randomUUID()): ProcessTree {
  const script = `wait_as() { sh -c 'echo $$ > "$0"; exec sleep 1000' "${root}/$1"; }\n${line}`;
  const env = { ...process.env, [markVariable]: mark };
  const child = spawn('sh', ['-c', script], { env, detached: true, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const tree = { pid, started: processStart(pid), mark };
  trees.push(tree);
  return tree;
}

const pids = (...names: string[]) => Promise.all(names.map((name) => pidIn(join(root, name))));

it('ends children, grandchildren, and what left the group', async () => {
  const stranger = `setsid sh -c 'echo $$ > "$0"; exec sleep 1000' "${root}/stranger" &`;
  const tree = start(`${stranger} (wait_as grandchild; true) & wait_as child; true`);
  const started = await pids('stranger', 'grandchild', 'child');
  await terminateTree(tree, { graceMs: 5000 });
  expect([...started, tree.pid ?? 0].filter(isRunning)).toEqual([]);
});

it('finds an orphan that left group and parents by its mark alone', async () => {
  const line = `(setsid sh -c 'echo $$ > "$0"; exec sleep 1000' "${root}/orphan" &); true`;
  const { mark } = start(line);
  const [orphan] = await pids('orphan');
  await terminateTree({ pid: null, started: null, mark }, { graceMs: 5000 });
  expect(isRunning(orphan ?? 0)).toBe(false);
});

it('finds a child without the mark by its parents', async () => {
  const line = `env -i setsid /bin/sh -c 'echo $$ > "$0"; exec sleep 1000' "${root}/bare" & wait; true`;
  const tree = start(line);
  const [bare] = await pids('bare');
  await terminateTree(tree, { graceMs: 5000 });
  expect(isRunning(bare ?? 0)).toBe(false);
});

it('kills a child without the mark that ignores SIGTERM after its parent has died of that', async () => {
  const deaf = `trap "" TERM; echo $$ > "$0"; while :; do /bin/sleep 1; done`;
  const tree = start(`env -i setsid /bin/sh -c '${deaf}' "${root}/bare" & wait; true`);
  const [bare] = await pids('bare');
  await terminateTree(tree, { graceMs: 300 });
  expect([bare ?? 0, tree.pid ?? 0].filter(isRunning)).toEqual([]);
});

it('gives time to end well, and kills what does not', async () => {
  const deafLine = `trap "" TERM; echo $$ > "$0"; while :; do sleep 1; done`;
  const tidyLine = `trap 'echo done > "${root}/tidied"; exit' TERM`;
  const tree = start(
    `sh -c '${deafLine}' "${root}/deaf" & ${tidyLine}; echo 1 > "${root}/set"; wait`,
  );
  const [deaf] = await pids('deaf', 'set');
  await terminateTree(tree, { graceMs: 1000 });
  expect(existsSync(join(root, 'tidied'))).toBe(true);
  expect(isRunning(deaf ?? 0)).toBe(false);
});

it('leaves a stranger alone who got the pid later', async () => {
  const { pid } = start('wait_as it');
  const [waiting] = await pids('it');
  await terminateTree({ pid, started: '1', mark: randomUUID() }, { graceMs: 0 });
  expect(isRunning(waiting ?? 0)).toBe(true);
});

it('never ends the process that asks', async () => {
  const own = { pid: process.pid, started: processStart(process.pid), mark: randomUUID() };
  await terminateTree(own, { graceMs: 0 });
  expect(isRunning(process.pid)).toBe(true);
});

it('ends by its note what a worker left, and removes the note', async () => {
  const tree = start('wait_as it; true');
  const started = await pids('it');
  const note = processNote(join(root, 'staging'));
  noteProcess(note, tree);
  expect(await endLeftoverProcess(note, 5000)).toBe(true);
  expect([...started, tree.pid ?? 0].filter(isRunning)).toEqual([]);
  expect(existsSync(note)).toBe(false);
  expect(await endLeftoverProcess(note)).toBe(false);
});

it('leaves a later process with the pid of the note alone', async () => {
  const { pid } = start('wait_as it');
  const [waiting] = await pids('it');
  const note = processNote(join(root, 'staging'));
  for (const started of ['1', null]) {
    noteProcess(note, { pid, started, mark: randomUUID() });
    expect(await endLeftoverProcess(note, 0)).toBe(true);
  }
  expect(isRunning(waiting ?? 0)).toBe(true);
});

it('takes a torn note for none, and removes it', async () => {
  const note = processNote(join(root, 'staging'));
  for (const torn of ['', '{"pid": 1', '{"pid": 1, "started": "1", "mark": ""}']) {
    await writeFile(note, torn);
    await endLeftoverProcess(note, 0);
    expect(existsSync(note)).toBe(false);
  }
});

it.runIf(process.platform === 'linux')(
  'ends what it cannot look for as soon as it can',
  async () => {
    const script = await bundle(join(import.meta.dirname, 'blind-process.ts'));
    const { stdout } = await execa('sh', ['-c', 'ulimit -n 64 && exec node "$0"', script.path]);
    await script.remove();
    expect(stdout).toBe('SIGTERM');
  },
);
