/** Workers that do not have what some jobs of their queue need. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cab, type Ended } from '../helpers/cab.ts';
import { freshQueue, hasPostgres, type FreshQueue } from '../helpers/postgres.ts';
import { freshStore, hasS3, s3Env } from '../helpers/s3.ts';
import { tempDir } from '../helpers/temp-dir.ts';

vi.setConfig({ testTimeout: 120_000 });

const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

describe.skipIf(!hasPostgres || !hasS3)('workers of a shared queue', () => {
  let dir: string;
  let queue: FreshQueue;
  let env: Record<string, string>;
  beforeEach(async () => {
    dir = await tempDir();
    queue = freshQueue();
    const { url } = await freshStore();
    env = { ...s3Env, CAB_STORE: url, CAB_QUEUE: queue.url };
  });
  afterEach(() => queue.remove());

  /** A command on the machine of this name. */
  const on = (machine: string, words: readonly string[], more = {}): Promise<Ended> =>
    cab(words, { cwd: dir, env: { ...env, CAB_CAS_ROOT: join(dir, machine), ...more } });
  const counts = async (): Promise<Record<string, number>> => {
    const { stdout } = await on('any', ['status', '--json']);
    return (JSON.parse(stdout) as { counts: Record<string, number> }).counts;
  };

  it('take only what needs no more than they have', async () => {
    await writeFile(join(dir, 'small.json'), '{"n":1}');
    const submit = ['submit', 'small.json', '--enqueue', '--runner', runner];
    expect((await on('one', [...submit, '--needs', 'gpu', '--track', 'gpu'])).code).toBe(0);
    expect((await on('two', ['worker', '--drain'])).code).toBe(0);
    expect(await counts()).toMatchObject({ pending: 1, done: 0 });
    const { stdout } = await on('two', ['status', '--json']);
    expect(stdout).toContain('"needs":["gpu"]');
    const labeled = await on('two', ['worker', '--drain', '--label', 'large', '--label', 'gpu']);
    expect(labeled.code, labeled.stderr).toBe(0);
    expect(await counts()).toMatchObject({ pending: 0, done: 1 });
    const bad = await on('one', [...submit, '--needs', 'a b']);
    expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('needs') as string });
  });

  it('leave jobs to others whose runner they do not have, and say so', async () => {
    await writeFile(join(dir, 'small.json'), '{"n":1}');
    const module = join(dir, 'twice.mjs');
    await writeFile(
      module,
      `import { copyFile } from 'node:fs/promises';
       export const version = '1';
       export const run = (call) => copyFile(call.features_path, call.artifact_path);`,
    );
    const submitted = ['submit', 'small.json', '--enqueue', '--runner'];
    expect((await on('one', [...submitted, module, '--track', 'module'])).code).toBe(0);
    expect((await on('one', [...submitted, runner, '--track', 'shell'])).code).toBe(0);
    await rename(module, join(dir, 'away.mjs'));
    const without = await on('two', ['worker', '--drain']);
    expect(without.code, without.stderr).toBe(0);
    expect(without.stderr).toContain('its jobs are left to others');
    expect(await counts()).toMatchObject({ pending: 1, done: 1, error: 0 });
    await rename(join(dir, 'away.mjs'), module);
    expect((await on('three', ['worker', '--drain'])).code).toBe(0);
    expect(await counts()).toMatchObject({ pending: 0, done: 2, error: 0 });
  });
});
