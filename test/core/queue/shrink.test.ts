import { statSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { start, type SweepPosition, type Swept } from '../../../src/core/queue/job-collection.ts';
import { newJob, resultOf } from '../../helpers/jobs.ts';
import { sqliteQueue } from '../../helpers/sqlite-queue.ts';

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
  // A portion ends after some milliseconds, however few jobs went in them.
  let dropped = 0;
  for (let from: SweepPosition | undefined = start; from !== undefined;) {
    const swept: Swept = await store.trim(rule, from);
    dropped += swept.dropped;
    from = swept.next;
  }
  expect(dropped).toBe(50);
  let portions = 1;
  while (await store.shrink()) portions += 1;
  expect(portions).toBeGreaterThan(2);
  expect(statSync(file).size).toBeLessThan(500_000);
});
