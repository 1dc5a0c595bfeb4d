import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

it('counts hits, runs and failures, by runner and by day, and what the hits saved', async () => {
  const cwd = await tempDir();
  const runner = new ScriptedRunner();
  const call = (argv: string[]) => runCommand(argv, { cwd, runner });
  expect((await call(['stats'])).stdout).toMatch(
    /^no job has ended since \d{4}-\d\d-\d\d in .*echo_cas\n$/,
  );
  runner.behave = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return undefined;
  };
  for (const name of ['a', 'b', 'c']) await writeFile(join(cwd, `${name}.json`), '{"a":1}');
  await writeFile(join(cwd, 'bad.json'), '{"b":1}');
  for (const name of ['a', 'b', 'c']) await call(['submit', `${name}.json`]);
  runner.behave = () => Promise.reject(new Error('broken'));
  await call(['submit', 'bad.json']);
  const { json } = await call(['stats', '--json']);
  const tally = { hits: 2, computed: 1, failed: 1 };
  expect(json).toMatchObject([{ total: tally, runners: { 'object:scripted': tally } }]);
  const [{ total, days }] = json as [{ total: Record<string, number>; days: object }];
  expect(total['saved_ms']).toBeGreaterThanOrEqual(40);
  expect(total['made_bytes']).toBeGreaterThan(0);
  expect(Object.keys(days)).toEqual([new Date().toISOString().slice(0, 10)]);
  const { stdout } = await call(['stats', '--days', '1']);
  expect(stdout).toMatch(/2 hits of 4 jobs \(50 %\), \d+ms saved/);
});
