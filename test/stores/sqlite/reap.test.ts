import Sqlite from 'better-sqlite3';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { newJob, owner, scopeOf } from '../../helpers/jobs.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { TestClock } from '../../helpers/test-clock.ts';
import { openQueue } from '../../helpers/sqlite-queue.ts';

it('leaves the job of a worker that shows a sign of life between the look and the lock', async () => {
  const file = join(await tempDir(), 'jobs.db');
  const clock = new TestClock();
  const other = { renew: (): void => undefined };
  const store = await openQueue(file, {
    clock,
    isAlive: () => {
      other.renew();
      return 'unknown';
    },
  });
  onTestFinished(() => store.close());
  await store.submit([newJob('a')]);
  const [job] = await store.claim(scopeOf(owner(1), { lease_ms: 1000 }), 1);
  clock.pass(2000);
  const connection = new Sqlite(file);
  onTestFinished(() => void connection.close());
  other.renew = () => connection.exec(`UPDATE jobs SET lease_until = ${clock.monotonic() + 1000}`);
  expect(await store.reap()).toEqual([]);
  other.renew = () => undefined;
  clock.pass(2000);
  expect(await store.reap()).toMatchObject([{ id: job?.id }]);
});
