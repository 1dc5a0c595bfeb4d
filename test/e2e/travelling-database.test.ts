/** A database that one machine names, for jobs that run on others. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hasMachines, Machine } from '../faults/rig/machine.ts';
import { hasPostgres } from '../helpers/postgres.ts';
import { hasS3 } from '../helpers/s3.ts';
import { SharedMachines } from '../helpers/shared-machines.ts';
import { until } from '../helpers/until.ts';

// Each test starts some processes, which on a busy machine wait for their turn.
vi.setConfig({ testTimeout: 120_000 });

describe.skipIf(!hasPostgres || !hasS3 || !hasMachines)('machines that share a queue', () => {
  const machines = new SharedMachines();
  let dir: string;
  let env: Readonly<Record<string, string>>;
  beforeEach(() => {
    ({ dir, env } = machines);
  });
  const on = machines.on.bind(machines);
  const counts = machines.counts.bind(machines);

  it('find the database that was named on another, also when a job is retried there', async () => {
    await writeFile(join(dir, 'a.json'), '{"n":1}');
    await writeFile(join(dir, 'songs.db'), 'some songs');
    const flaky = [
      'sh:test -e go || exit 1',
      'cat "$CAB_DB_PATH" > "$CAB_ARTIFACT_PATH"; echo "$CAB_DB_PATH" > "$RUNS"',
    ].join('; ');
    const words = ['submit', 'a.json', '--db', 'songs.db', '--runner', flaky, '--enqueue'];
    const submitted = await on('one', words);
    expect(submitted.code, submitted.stderr).toBe(0);
    const drained = async (more: readonly string[]) => {
      const machine = await Machine.connected({
        ...{ name: 'two', cwd: dir, env: { ...env, CAB_CAS_ROOT: join(dir, 'two') } },
        words: more,
      });
      machine.start();
      await until(async () => {
        const { pending, running } = await counts();
        return pending === 0 && running === 0;
      });
      await machine.kill();
    };
    await rm(join(dir, 'songs.db'));
    await drained(['worker', '--runner', flaky, '--drain']);
    expect(await counts()).toMatchObject({ error: 1, done: 0 });
    await writeFile(join(dir, 'go'), '');
    // On a third machine, which never saw the file either.
    const retry = await Machine.connected({
      ...{ name: 'three', cwd: dir, env: { ...env, CAB_CAS_ROOT: join(dir, 'three') } },
      words: ['retry', '--failed', '--enqueue'],
    });
    retry.start();
    await until(async () => (await counts())['pending'] === 1);
    await drained(['worker', '--runner', flaky, '--drain']);
    expect(await counts(), (await on('one', ['status'])).stdout).toMatchObject({
      error: 1,
      done: 1,
    });
    expect((await on('one', ['get', 'a'])).stdout).toBe('some songs');
    expect(await readFile(env['RUNS'] ?? '', 'utf8')).toContain('/two/.cab/inputs/');
  });
});
