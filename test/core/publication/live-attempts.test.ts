import { expect, it } from 'vitest';
import { CabError } from '../../../src/core/model/errors.ts';
import { liveIn } from '../../../src/core/publication/live-attempts.ts';
import { newJob, owner, scopeOf } from '../../helpers/jobs.ts';
import { memoryQueue } from '../../helpers/memory-queue.ts';

it('takes the attempt that runs for live, and every one of a job that cannot be read', async () => {
  const queue = await memoryQueue();
  const { first } = queue;
  const isLive = liveIn(first);
  const [pending] = await first.submit([newJob('a')]);
  const id = pending?.id ?? '';
  expect(await isLive(id, 1)).toBe(false);
  await first.claim(scopeOf(owner(1)), 1);
  expect([await isLive(id, 1), await isLive(id, 2), await isLive('none', 1)]).toEqual([
    true,
    false,
    false,
  ]);
  const failing = (code: 'queue_unreadable' | 'queue_busy') =>
    liveIn({ get: () => Promise.reject(new CabError(code, 'cannot be read')) });
  expect(await failing('queue_unreadable')(id, 2)).toBe(true);
  await expect(failing('queue_busy')(id, 1)).rejects.toMatchObject({ code: 'queue_busy' });
  await queue.close();
});
