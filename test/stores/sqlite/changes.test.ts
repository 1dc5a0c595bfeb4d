import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { newJob } from '../../helpers/jobs.ts';
import { sqliteQueue } from '../../helpers/sqlite-queue.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('calls a listener once for what another process committed, and not while nothing changes', async () => {
  const queue = await sqliteQueue();
  const { first, second } = queue;
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const aSecond = async () => {
    vi.advanceTimersByTime(1000);
    await turn();
  };
  let heard = 0;
  first.onChange(() => (heard += 1));
  await aSecond();
  expect(heard).toBe(0);
  await second.submit([newJob('a')]);
  await aSecond();
  await aSecond();
  expect(heard).toBe(1);
  await queue.close();
});
