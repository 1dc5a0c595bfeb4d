import { describe, expect, it } from 'vitest';
import { failure, keyOf, newJob, owner, resultOf, scopeOf } from '../../helpers/jobs.ts';
import type { WithQueue } from '../job-store.ts';
import { claimOne } from './claims.ts';

export function describeEndings(withQueue: WithQueue): void {
  describe('settle', () => {
    it(
      'ends a job as done, with its result, in the history of its track',
      withQueue(async ({ first, second, clock }) => {
        await first.submit([newJob('a')]);
        const job = await claimOne(first);
        clock.pass(250);
        const result = resultOf('b');
        expect(await second.settle(job, { state: 'done', result, cached: true })).toBe(true);
        const finished_at = clock.now().toISOString();
        const { id, spec, priority, attempts, max_attempts, crashes } = job;
        const { submitted_at, started_at } = job;
        expect(await first.get(id)).toEqual({
          ...{ id, spec, priority, attempts, max_attempts, crashes, submitted_at, started_at },
          state: 'done',
          result,
          cached: true,
          finished_at,
        });
        expect(await first.history('a.mp3', 5)).toEqual([
          { ...result, track_id: 'a.mp3', job_id: id, at: finished_at },
        ]);
      }),
    );

    it.each<[string, string]>([
      ['at the predicted key', 'a'],
      ['elsewhere', 'b'],
    ])('keeps where the entry stands, %s, run or found', (_where, name) =>
      withQueue(async ({ first, second }) => {
        const result = resultOf(name);
        await first.submit([newJob('a')]);
        const run = await claimOne(first);
        await first.settle(run, { state: 'done', result, cached: false });
        const [found] = await first.submit([newJob('a', { hit: result })]);
        for (const id of [run.id, found?.id ?? ''])
          expect(await second.get(id)).toMatchObject({ spec: { key: keyOf('a') }, result });
        const there = await second.endedAt([keyOf(name), keyOf('c')], 5);
        expect(there.map(({ id }) => id)).toEqual([found?.id, run.id]);
        const other = await second.endedAt([keyOf(name === 'a' ? 'b' : 'a')], 5);
        expect(other).toEqual([]);
      })(),
    );

    it(
      'ends a job as failed, or as timed out, with the whole failure',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('a'), newJob('b')]);
        const [a, b] = await first.claim(scopeOf(owner(1)), 2);
        if (a === undefined || b === undefined) throw new Error('nothing was claimed');
        await first.settle(a, { state: 'error', failure, event: 'failed' });
        await first.settle(b, { state: 'error', failure, event: 'timeout' });
        expect(await second.get(a.id)).toMatchObject({ state: 'error', failure, attempts: 1 });
        const [last] = (await second.events(0, 10, b.id)).slice(-1);
        expect(last).toMatchObject({ type: 'timeout', data: { code: 'runner_failed' } });
      }),
    );

    it(
      'takes a released job back as if it had not been claimed',
      withQueue(async ({ first, second, clock }) => {
        const [submitted] = await first.submit([newJob('a')]);
        const job = await claimOne(first);
        await first.settle(job, { state: 'release' });
        expect(await second.get(job.id)).toEqual(submitted);
        const again = await claimOne(second);
        expect(again).toMatchObject({ attempts: 1, epoch: 2 });
        await second.settle(again, { state: 'retry', failure, delay_ms: 0 });
        clock.pass(1);
        await second.settle(await claimOne(second), { state: 'release' });
        expect(await first.get(job.id)).toMatchObject({ attempts: 1, failure, run_at: null });
      }),
    );

    it(
      'leaves nothing of an earlier failure on a job that is done in the end',
      withQueue(async ({ first }) => {
        await first.submit([newJob('a')]);
        await first.settle(await claimOne(first), { state: 'retry', failure, delay_ms: 0 });
        const job = await claimOne(first);
        await first.settle(job, { state: 'done', result: resultOf('a'), cached: false });
        expect(await first.get(job.id)).not.toHaveProperty('failure');
      }),
    );
  });

  describe('cancel', () => {
    it(
      'ends a pending job, delayed or not',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('a'), newJob('b')]);
        const delayed = await claimOne(first);
        await first.settle(delayed, { state: 'retry', failure, delay_ms: 1_000 });
        for (const { id } of await first.list({ limit: 5 }))
          expect(await second.cancel(id)).toMatchObject({ id, state: 'canceled' });
        expect(await first.nextDue(scopeOf(owner(1)))).toBeUndefined();
        expect(await first.cancel(delayed.id)).toMatchObject({ state: 'canceled' });
        expect(await first.cancel('no-such-job')).toBeUndefined();
      }),
    );

    it(
      'tells a running job at its next heartbeat, and leaves an ended one',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('a')]);
        const job = await claimOne(first);
        expect(await first.canceling()).toEqual([]);
        expect(await second.cancel(job.id)).toEqual({ ...job, cancel_requested: true });
        expect(await first.canceling()).toEqual([{ id: job.id, epoch: job.epoch }]);
        expect(await first.heartbeat(job, 1_000)).toBe('cancel');
        await first.settle(job, { state: 'done', result: resultOf('a'), cached: false });
        expect(await second.cancel(job.id)).toMatchObject({ state: 'done' });
      }),
    );

    it(
      'is not forgotten by an attempt that would go back to pending',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('a'), newJob('b')]);
        const [a, b] = await first.claim(scopeOf(owner(1)), 2);
        if (a === undefined || b === undefined) throw new Error('nothing was claimed');
        await second.cancel(a.id);
        await second.cancel(b.id);
        expect(await first.settle(a, { state: 'retry', failure, delay_ms: 1 })).toBe(true);
        expect(await first.settle(b, { state: 'release' })).toBe(true);
        expect((await first.counts()).canceled).toBe(2);
      }),
    );
  });
}
