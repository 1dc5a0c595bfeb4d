import type { Owner } from '../../src/core/model/job/job.ts';
import { MemoryJobStore } from '../../src/stores/memory/jobs/memory-job-store.ts';
import { MemoryQueue } from '../../src/stores/memory/jobs/memory-queue.ts';
import type { Liveness } from '../../src/support/process/owner.ts';
import type { QueueFixture } from '../contract/job-store.ts';
import { TestClock } from './test-clock.ts';

/** A queue in memory with two handles on it. */
export async function memoryQueue(): Promise<QueueFixture> {
  const clock = new TestClock();
  const known = new Map<number, Liveness>();
  const queue = new MemoryQueue({ clock, isAlive: ({ pid }: Owner) => known.get(pid) ?? true });
  const [first, second] = [new MemoryJobStore(queue), new MemoryJobStore(queue)];
  return {
    ...{ first, second, clock },
    kill: ({ pid }) => known.set(pid, false),
    hide: ({ pid }) => known.set(pid, 'unknown'),
    close: async () => {
      await Promise.all([first.close(), second.close()]);
    },
  };
}
