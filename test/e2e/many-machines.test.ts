/** Real processes on roots of their own that share a queue and a bucket, as machines do. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hasMachines, Machine } from '../faults/rig/machine.ts';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { cuttingProxy } from '../helpers/cutting-proxy.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { hasPostgres, server } from '../helpers/postgres.ts';
import { hasS3 } from '../helpers/s3.ts';
import { SharedMachines } from '../helpers/shared-machines.ts';
import { until } from '../helpers/until.ts';

// Each test starts some processes, which on a busy machine wait for their turn.
vi.setConfig({ testTimeout: 120_000 });

const runner =
  'sh:echo said >&2; cat "$CAB_FEATURES_PATH" "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
const slow = 'sh:echo run >> "$RUNS"; sleep 60';

describe.skipIf(!hasPostgres || !hasS3)('machines that share a queue', () => {
  const machines = new SharedMachines();
  let dir: string;
  let env: Readonly<Record<string, string>>;
  beforeEach(() => {
    ({ dir, env } = machines);
  });
  const { on, counts } = machines;

  it('run what another one accepted, of any size and kind, and read what another one made', async () => {
    const inputs = { small: '{"n":1}', large: JSON.stringify('x'.repeat(200_000)) };
    await writeFile(join(dir, 'small.json'), inputs.small);
    await writeFile(join(dir, 'large.json'), inputs.large);
    await writeFile(join(dir, 'raw.bin'), Buffer.from([0xff, 0, 0xc0]));
    const files = ['small.json', 'large.json', 'raw.bin'];
    const submitted = await on('one', ['submit', ...files, '--runner', runner, '--enqueue']);
    expect(submitted.code).toBe(0);
    const worked = await on('two', ['worker', '--runner', runner, '--drain']);
    expect(worked.code, worked.stderr).toBe(0);
    expect(await counts()).toMatchObject({ done: 3, pending: 0, error: 0 });
    expect((await on('three', ['get', 'small'])).stdout).toBe(inputs.small.repeat(2));
    expect((await on('three', ['logs', 'small'])).stdout).toBe('said\n');
    expect((await on('one', ['get', 'large'])).stdout).toBe(inputs.large.repeat(2));
    const again = await on('three', [
      'submit',
      'small.json',
      '--runner',
      runner,
      '--wait',
      '--json',
    ]);
    expect(again.stdout).toContain('"cached":true');
    expect((await on('three', ['verify'])).code).toBe(0);
    expect((await on('three', ['gc', '--dry-run'])).code).toBe(0);
  });

  it.skipIf(!hasMachines)(
    'send text of any length with the job where there is no bucket',
    async () => {
      await writeFile(join(dir, 'a.txt'), 'é'.repeat(100_000));
      const count = 'sh:wc -c < "$CAB_FEATURES_PATH" > "$RUNS"; cp "$RUNS" "$CAB_ARTIFACT_PATH"';
      const runs = env['RUNS'] ?? '';
      const root = (name: string) => ({
        ...{ CAB_QUEUE: env['CAB_QUEUE'] ?? '', RUNS: runs },
        CAB_CAS_ROOT: join(dir, name),
      });
      const submitted = await cab(['submit', 'a.txt', '--runner', count, '--enqueue'], {
        ...{ cwd: dir, env: root('one') },
      });
      expect(submitted.code, submitted.stderr).toBe(0);
      await rm(join(dir, 'a.txt'));
      const words = ['worker', '--runner', count, '--drain'];
      const machine = await Machine.connected({
        ...{ name: 'two', words, cwd: dir },
        env: root('two'),
      });
      machine.start();
      await until(
        async () => (await counts())['pending'] === 0 && (await counts())['running'] === 0,
      );
      await machine.kill();
      expect(await counts()).toMatchObject({ done: 1, error: 0 });
      expect(await readFile(runs, 'utf8')).toBe('200000\n');
    },
  );

  it('retry on one what failed on another, with the input of then', async () => {
    await writeFile(join(dir, 'a.json'), '{"n":1}');
    await on('one', [
      'submit',
      'a.json',
      '--runner',
      'sh:test -e go && cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"',
      '--wait',
    ]);
    expect(await counts()).toMatchObject({ error: 1 });
    await writeFile(join(dir, 'go'), '');
    const retried = await on('one', ['retry', '--failed', '--wait']);
    expect(retried.code, retried.stderr).toBe(0);
    expect(await counts()).toMatchObject({ error: 1, done: 1 });
  });

  it('end a worker after so many jobs, or when it had nothing to do for so long', async () => {
    for (const n of [1, 2, 3]) await writeFile(join(dir, `${n}.json`), `{"n":${n}}`);
    const files = ['1.json', '2.json', '3.json'];
    await on('one', ['submit', ...files, '--runner', runner, '--enqueue']);
    expect((await on('two', ['worker', '--runner', runner, '--max-jobs', '2'])).code).toBe(0);
    expect(await counts()).toMatchObject({ done: 2, pending: 1 });
    expect((await on('two', ['worker', '--runner', runner, '--idle-exit', '300ms'])).code).toBe(0);
    expect(await counts()).toMatchObject({ done: 3, pending: 0 });
  });

  it('take turns at one key, and find what the first one made', async () => {
    await writeFile(join(dir, 'a.json'), '{}');
    const once =
      'sh:echo run >> "$RUNS"; sleep 0.5; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
    const words = ['submit', 'a.json', '--runner', once, '--wait', '--json'];
    const ended = await Promise.all(['one', 'two', 'three', 'four'].map((root) => on(root, words)));
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, '']));
    expect(await readFile(env['RUNS'] ?? '', 'utf8')).toBe('run\n');
    expect(await counts()).toMatchObject({ done: 4, pending: 0 });
  });

  it('are ready without a job store of their own, and refuse what their callers would not see', async () => {
    await writeFile(join(dir, 'a.json'), '{}');
    const root = join(dir, 'one');
    const daemon = await daemonProcess({ ...{ root, cwd: dir, env }, args: ['--runner', runner] });
    expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${daemon.url}/echo/jobs/%00`)).status).toBe(404);
    const unnamed = { CAB_CAS_ROOT: root };
    const other = await cab(['submit', 'a.json', '--runner', 'sh:cat', '--wait'], {
      ...{ cwd: dir, env: unnamed },
    });
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('keeps its jobs in postgres://');
    const same = await cab(['submit', 'a.json', '--wait'], { cwd: dir, env: unnamed });
    expect(same.code, same.stderr).toBe(0);
    expect(await counts()).toMatchObject({ done: 1 });
  });

  it('hand a job back at once when its worker is told to stop', async () => {
    await writeFile(join(dir, 'a.json'), '{}');
    await on('one', ['submit', 'a.json', '--runner', slow, '--enqueue']);
    const words = ['worker', '--runner', slow, '--kill-grace', '100ms'];
    const child = spawn(process.execPath, [program, ...words], {
      cwd: dir,
      env: { ...cleanEnvironment(), ...env, CAB_CAS_ROOT: join(dir, 'two') },
      stdio: 'ignore',
    });
    await until(async () => (await readFile(env['RUNS'] ?? '', 'utf8').catch(() => '')) !== '');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const { stdout } = await on('one', ['status', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ jobs: [{ status: 'pending', attempts: 0 }] });
  });

  it.skipIf(!hasMachines)(
    'run elsewhere what a dead machine ran, when its lease is over',
    async () => {
      await writeFile(join(dir, 'a.json'), '{}');
      const runs =
        'sh:echo run >> "$RUNS"; test $(wc -l < "$RUNS") = 1 && sleep 60; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
      await on('one', ['submit', 'a.json', '--runner', runs, '--enqueue']);
      const words = ['worker', '--runner', runs, '--lease', '2s'];
      const machine = await Machine.connected({
        ...{ name: 'two', words, cwd: dir },
        env: { ...env, CAB_CAS_ROOT: join(dir, 'two') },
      });
      machine.start();
      await until(async () => (await readFile(env['RUNS'] ?? '', 'utf8').catch(() => '')) !== '');
      await machine.kill();
      expect(
        (await on('three', ['worker', '--runner', runs, '--drain', '--lease', '2s'])).code,
      ).toBe(0);
      // The first one is still on the books until its lease is over.
      await until(async () => {
        await on('three', ['worker', '--runner', runs, '--drain', '--lease', '2s']);
        return (await counts())['done'] === 1;
      });
      const { stdout } = await on('one', ['status', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ jobs: [{ status: 'done', attempts: 2 }] });
    },
  );

  it('keep a daemon that loses its database for a while, and go on when it is back', async () => {
    const { hostname: host, port } = new URL(server);
    const proxy = await cuttingProxy({ host, port: Number(port) });
    try {
      const through = new URL(env['CAB_QUEUE'] ?? '');
      through.port = String(proxy.port);
      const root = join(dir, 'one');
      const daemon = await daemonProcess({
        ...{ root, cwd: dir, env: { ...env, CAB_QUEUE: through.href } },
        args: ['--runner', runner],
      });
      const post = () =>
        fetch(`${daemon.url}/echo/jobs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"features":{"n":1},"track_id":"t"}',
        });
      expect((await post()).status).toBe(202);
      proxy.part();
      const away = await post();
      expect(away.status).toBe(503);
      expect(await away.json()).toMatchObject({ error: 'queue_unreachable' });
      proxy.mend();
      await until(async () => (await post()).status === 202, 60_000);
      await until(async () => (await counts())['pending'] === 0, 60_000);
      expect(await daemon.end()).toBe(0);
    } finally {
      await proxy.close();
    }
  });

  it('say what is wrong with the queue, and tell no password', async () => {
    const wrong = { CAB_QUEUE: 'postgres://me:told-to-nobody@127.0.0.1:1/cab' };
    const status = await on('one', ['status'], wrong);
    expect(status).toMatchObject({ code: 4, stdout: '' });
    expect(status.stderr).toContain('postgres://me@127.0.0.1:1/cab does not answer');
    const shown = await on('one', ['config'], wrong);
    expect(status.stderr + shown.stdout + shown.stderr).not.toContain('told-to-nobody');
    expect((await on('one', ['doctor'], wrong)).stdout).toContain('does not answer');
  });
});
