import { expect, it, vi } from 'vitest';
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
  const reading = vi.spyOn(first, 'get');
  reading.mockRejectedValueOnce(new CabError('queue_unreadable', 'a damaged row'));
  expect(await isLive(id, 2)).toBe(true);
  reading.mockRejectedValueOnce(new CabError('queue_busy', 'not now'));
  await expect(isLive(id, 1)).rejects.toMatchObject({ code: 'queue_busy' });
  await queue.close();
});
