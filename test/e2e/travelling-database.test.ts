/** A database that one machine names, for jobs that run on others. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { sha256 } from '../../src/core/hashing/digest.ts';
import { hasMachines, Machine } from '../faults/rig/machine.ts';
import { hasPostgres } from '../helpers/postgres.ts';
import { hasS3 } from '../helpers/s3.ts';
import { SharedMachines } from '../helpers/shared-machines.ts';
import { until } from '../helpers/until.ts';

// Each test starts some processes, which on a busy machine wait for their turn.
vi.setConfig({ testTimeout: 120_000 });

describe.skipIf(!hasPostgres || !hasS3 || !hasMachines)('machines that share a queue', () => {
  const machines = new SharedMachines();
  const { on, counts, path } = machines;

  /** Runs a command to its end, on a machine of its own. */
  async function drained(name: string, words: readonly string[]): Promise<void> {
    const machine = await Machine.connected({
      ...{ name, words, cwd: machines.dir, env: machines.envOf(name) },
    });
    machine.start();
    await until(async () => machine.hasEnded);
    await machine.kill();
  }

  it('find the database that was named on another, also when a job is retried there', async () => {
    await writeFile(path('a.json'), '{"n":1}');
    await writeFile(path('songs.db'), 'some songs');
    const flaky = [
      'sh:test -e go || exit 1',
      'cat "$CAB_DB_PATH" > "$CAB_ARTIFACT_PATH"; echo "$CAB_DB_PATH" > "$RUNS"',
    ].join('; ');
    const words = ['submit', 'a.json', '--db', 'songs.db', '--runner', flaky, '--enqueue'];
    const submitted = await on('one', words);
    expect(submitted.code, submitted.stderr).toBe(0);
    await rm(path('songs.db'));
    await drained('two', ['worker', '--runner', flaky, '--drain']);
    expect(await counts()).toMatchObject({ error: 1, done: 0 });
    await writeFile(path('go'), '');
    // On a third machine, which never saw the file either.
    await drained('three', ['retry', '--failed', '--enqueue']);
    await drained('two', ['worker', '--runner', flaky, '--drain']);
    expect(await counts(), (await on('one', ['status'])).stdout).toMatchObject({
      error: 1,
      done: 1,
    });
    expect((await on('one', ['get', 'a'])).stdout).toBe('some songs');
    expect(await readFile(path('runs'), 'utf8')).toContain('/two/.cab/inputs/');
  });

  it('never read another database than the one that was named', async () => {
    await writeFile(path('a.json'), '{"n":1}');
    await writeFile(path('songs.db'), 'some songs');
    const copy = 'sh:test -e go && cp "$CAB_DB_PATH" "$CAB_ARTIFACT_PATH"';
    const words = ['submit', 'a.json', '--db', 'songs.db', '--runner', copy, '--enqueue'];
    await on('one', words);
    await rm(path('songs.db'));
    // Damaged on the machine that is to run it.
    const place = path('two', '.cab/inputs', sha256('some songs'));
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, 'other songs');
    await drained('two', ['worker', '--runner', copy, '--drain']);
    expect(await counts()).toMatchObject({ error: 1 });
    expect(await readFile(place, 'utf8')).toBe('some songs');
    await writeFile(path('go'), '');
    await writeFile(place, 'other songs');
    await drained('two', ['retry', '--failed', '--wait']);
    expect(await counts()).toMatchObject({ error: 1, done: 1 });
    expect((await on('one', ['get', 'a'])).stdout).toBe('some songs');
    const { jobs } = JSON.parse((await on('one', ['status', '--json'])).stdout) as {
      jobs: { config_hash: string }[];
    };
    expect(new Set(jobs.map(({ config_hash }) => config_hash)).size).toBe(1);
  });

  it('refuse a retry whose database is kept nowhere', async () => {
    await writeFile(path('a.json'), '{"n":1}');
    await writeFile(path('songs.db'), 'some songs');
    const failing = ['--db', 'songs.db', '--runner', 'sh:exit 1'];
    expect((await on('one', ['submit', 'a.json', ...failing, '--wait'])).code).toBe(1);
    await rm(path('songs.db'));
    const refused = await on('one', ['retry', '--failed', '--wait']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('songs.db of the job is not there any more');
    expect(await counts()).toMatchObject({ error: 1, pending: 0 });
  });
});
