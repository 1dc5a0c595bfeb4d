import { statSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { newJob, resultOf } from '../../helpers/jobs.ts';
import { sqliteQueue } from '../../helpers/sqlite-queue.ts';
import { swept } from '../../helpers/swept.ts';

it('what jobs that went took of the file goes back to the file system, by portions', async () => {
  const queue = await sqliteQueue();
  onTestFinished(() => queue.close());
  const { first: store, second, file } = queue;
  // One connection: where another reads, the log keeps its length.
  await second.close();
  const probe = { text: 'x'.repeat(100_000) };
  const hits = Array.from({ length: 50 }, (_, n) =>
    newJob(`n${n}`, { hit: resultOf(`n${n}`), spec: { probe } }),
  );
  await store.submit(hits);
  const later = new Date(Date.now() + 1e12).toISOString();
  const rule = { keep: 0, before: later, settled: later, dryRun: false };
  expect(await swept((from) => store.trim(rule, from))).toBe(50);
  let portions = 1;
  while (await store.shrink()) portions += 1;
  expect(portions).toBeGreaterThan(2);
  expect(statSync(file).size).toBeLessThan(500_000);
});
