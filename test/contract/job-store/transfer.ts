import { describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import type { MovedJob, PastEvent } from '../../../src/core/ports/jobs/job-transfer.ts';
import { isEnded } from '../../../src/core/model/job/job.ts';
import type { JobEvent } from '../../../src/core/model/job/job-event.ts';
import { MemoryJobStore } from '../../../src/stores/memory/jobs/memory-job-store.ts';
import { failure, newJob, owner, resultOf, scopeOf } from '../../helpers/jobs.ts';
import type { WithQueue } from '../job-store.ts';

export function describeTransfer(withQueue: WithQueue): void {
  describe('take', () => {
    it(
      'keeps jobs in every state as they were, with their events and inputs',
      withQueue(async ({ first, second }) => {
        const moved = await jobsOfAllStates();
        expect(await first.take(moved)).toEqual(moved.map(() => 'taken'));
        for (const { job, events, input } of moved) {
          expect(await second.get(job.id)).toEqual(job);
          expect((await second.events(0, 100, job.id)).map(pastOf)).toEqual(events);
          expect(await second.input(job.id)).toBe(job.state === 'done' ? undefined : input);
        }
        expect(await second.counts()).toEqual({
          ...{ pending: 2, running: 0, done: 2, error: 1, canceled: 1 },
        });
        const listed = await second.list({ limit: 10 });
        expect(listed.map(({ id }) => id)).toEqual(moved.map(({ job }) => job.id).reverse());
        expect(await second.trailing()).toEqual([]);
      }),
    );

    it(
      'lets workers run what waits, once a key, and the one that was accepted first before others',
      withQueue(async ({ first, second }) => {
        const elsewhere = new MemoryJobStore();
        const accepted = await elsewhere.submit([
          newJob('a'),
          newJob('a'),
          newJob('b', { priority: 5 }),
        ]);
        await first.take(await movedFrom(elsewhere));
        const claimed = await second.claim(scopeOf(owner(1)), 10);
        expect(claimed.map(({ id }) => id)).toEqual([accepted[2]?.id, accepted[0]?.id]);
        for (const job of claimed)
          if (job.spec.key.config_hash === 'config-a')
            await second.settle(job, { state: 'canceled' });
        const [next] = await first.claim(scopeOf(owner(2)), 10);
        expect(next?.id).toBe(accepted[1]?.id);
      }),
    );

    it(
      'leaves a job that is there, and takes none that would come before others',
      withQueue(async ({ first, second }) => {
        const elsewhere = new MemoryJobStore();
        await elsewhere.submit([newJob('a'), newJob('b'), newJob('c')]);
        const [a, b, c] = (await movedFrom(elsewhere)) as [MovedJob, MovedJob, MovedJob];
        expect(await first.take([b])).toEqual(['taken']);
        await second.cancel(b.job.id);
        expect(await second.take([a, b, c])).toEqual(['late', 'there', 'taken']);
        expect(await first.get(a.job.id)).toBeUndefined();
        expect(await first.get(b.job.id)).toMatchObject({ state: 'canceled' });
        expect(await first.take([])).toEqual([]);
      }),
    );

    it(
      'hands out later ids than those of jobs and results that were taken, whatever the clock says',
      withQueue(async ({ first, second }) => {
        const elsewhere = new MemoryJobStore();
        await elsewhere.submit([newJob('a')]);
        const [{ job, events }] = (await movedFrom(elsewhere)) as [MovedJob];
        // In the year 2100.
        const ahead = '03bb2cc3-d800-7000-8000-000000000000';
        await first.take([{ job: { ...job, id: ahead }, events }]);
        const [later] = await second.submit([newJob('b')]);
        expect((later?.id ?? '') > ahead).toBe(true);

        const { artifact, manifest, etag, ...key } = resultOf('c');
        const step = { ...key, artifact, manifest, etag, at: job.submitted_at };
        const further = '03bb2cc3-e800-7000-8000-000000000000';
        await first.adopt([{ ...step, track_id: 'song', job_id: further }]);
        const [latest] = await second.submit([newJob('d')]);
        expect((latest?.id ?? '') > further).toBe(true);
      }),
    );
  });
}

/** Without what its job store gave it. */
function pastOf(event: JobEvent): PastEvent {
  const { type, attempt, data, at } = event;
  return { type, attempt, data, at } as PastEvent;
}

/** As they are in a job store of another kind. None may run. */
async function movedFrom(store: JobStore): Promise<readonly MovedJob[]> {
  const jobs = (await store.list({ limit: 1000 })).toReversed();
  const moved = jobs.map(async (job): Promise<MovedJob> => {
    if (job.state === 'running') throw new Error(`${job.id} runs`);
    const events = await store.events(0, 1000, job.id);
    return { job, events: events.map(pastOf), input: await store.input(job.id) };
  });
  return Promise.all(moved);
}

async function jobsOfAllStates(): Promise<readonly MovedJob[]> {
  const store = new MemoryJobStore();
  const hit = resultOf('hit');
  await store.submit([newJob('hit', { hit, input: '1' })]);
  for (const name of ['done', 'error', 'canceled', 'again'])
    await store.submit([newJob(name, { input: `{"${name}":1}`, max_attempts: 3 })]);
  for (const job of await store.claim(scopeOf(owner(1)), 10)) {
    const name = job.spec.run_id.replace('run-', '');
    if (name === 'done')
      await store.settle(job, { state: 'done', result: resultOf('elsewhere'), cached: false });
    else if (name === 'error')
      await store.settle(job, { state: 'error', failure, event: 'failed' });
    else if (name === 'canceled') await store.settle(job, { state: 'canceled' });
    else await store.settle(job, { state: 'retry', failure, delay_ms: 0 });
  }
  await store.submit([newJob('pending', { priority: -3, spec: { needs: ['gpu'] } })]);
  const moved = await movedFrom(store);
  expect(moved.filter(({ job }) => isEnded(job))).toHaveLength(4);
  return moved;
}
