/** Workers that do not have what some jobs of their queue need. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hasPostgres } from '../helpers/postgres.ts';
import { hasS3 } from '../helpers/s3.ts';
import { SharedMachines } from '../helpers/shared-machines.ts';

vi.setConfig({ testTimeout: 120_000 });

const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

describe.skipIf(!hasPostgres || !hasS3)('workers of a shared queue', () => {
  const machines = new SharedMachines();
  let dir: string;
  beforeEach(() => {
    ({ dir } = machines);
  });
  const { on, counts } = machines;

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
