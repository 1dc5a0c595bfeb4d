/** The built daemon with `--gc-every`: `npm run build` comes first. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { age } from '../helpers/collection.ts';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';

const program = join(import.meta.dirname, '../../bin/run.js');
const runner = 'exec:cp {features} {artifact}';

it('a daemon collects garbage by its policy, says so in one line, and counts it', async () => {
  const dir = await tempDir();
  const root = join(dir, 'root');
  for (const n of [1, 2]) {
    await writeFile(join(dir, `${n}.json`), `{"n":${n}}`);
    const file = join(dir, `${n}.json`);
    const submission = ['submit', file, '--track', 't', '--runner', runner, '--cas-root', root];
    expect((await cab(submission)).code).toBe(0);
  }
  age(root);
  const flags = ['--port', '0', '--runner', runner, '--cas-root', root, '--gc-every', '300ms'];
  const daemon = spawn(process.execPath, [program, 'serve', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, CAB_GC_KEEP_LAST: '1' },
  });
  let log = '';
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const lines = () =>
    log
      .split('\n')
      .filter((line) => line.includes('collected garbage'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await until(() => lines().length >= 2);
  expect(lines()[0]).toMatchObject({
    removed: 1,
    kept: 1,
    failed: 0,
    removed_bytes: expect.any(Number),
  });
  expect((await inspectTree(root)).entries).toHaveLength(1);

  const { url } = JSON.parse(await readFile(join(root, '.cab/daemon.json'), 'utf8')) as {
    url: string;
  };
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/^cab_gc_runs_total\{outcome="done"\} [1-9]/m);
  expect(metrics).toMatch(/^cab_gc_removed_entries_total 1$/m);

  // What cannot be read is told with the figures.
  await writeFile(join(root, 'echo/index/broken.json'), '{');
  await until(() => lines().some(({ unreadable }) => unreadable !== undefined));
  await rm(join(root, 'echo/index/broken.json'));
  // One that cannot be done is told, and does not end the daemon.
  await rename(join(root, 'echo/index'), join(root, 'index'));
  await writeFile(join(root, 'echo/index'), '');
  await until(() => log.includes('garbage could not be collected'));
  await rm(join(root, 'echo/index'));
  await rename(join(root, 'index'), join(root, 'echo/index'));
  expect((await cab(['get', 't', '--cas-root', root])).stdout).toBe('{"n":2}');
  daemon.kill('SIGTERM');
  const [code] = (await once(daemon, 'exit')) as [number];
  expect(code).toBe(0);
});
