import { describe, expect, it } from 'vitest';
import { objectOfSubmitter } from '../../../src/core/model/runner/runner-object.ts';
import { failure, newJob, owner, resultOf, scopeOf } from '../../helpers/jobs.ts';
import type { WithQueue } from '../job-store.ts';
import { claimOne } from './claims.ts';

export function describeLeases(withQueue: WithQueue): void {
  describe('leases', () => {
    it(
      'releases the job of a dead owner at once, to be claimed under a higher epoch',
      withQueue(async ({ first, second, kill }) => {
        await first.submit([newJob('a')]);
        const job = await claimOne(first, scopeOf(owner(1)));
        expect(await second.reap()).toEqual([]);
        kill(owner(1));
        expect(await second.reap()).toEqual([job]);
        expect(await second.reap()).toEqual([]);
        expect(await second.get(job.id)).toMatchObject({
          state: 'pending',
          crashes: 1,
          run_at: null,
          failure: { code: 'crashed', details: { job: job.id, owner: owner(1) } },
        });
        const again = await claimOne(second, scopeOf(owner(2)));
        expect(again).toMatchObject({ id: job.id, epoch: 2, attempts: 2, crashes: 1 });
      }),
    );

    it(
      'hands out no job of the dead that was not released before, and each to one who releases',
      withQueue(async ({ first, second, kill }) => {
        await first.submit([newJob('a'), newJob('b')]);
        const jobs = await first.claim(scopeOf(owner(1)), 2);
        kill(owner(1));
        expect(await second.claim(scopeOf(owner(2)), 2)).toEqual([]);
        const released = await Promise.all([first.reap(), second.reap()]);
        expect(released.flat().toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(jobs);
        expect(await second.claim(scopeOf(owner(2)), 2)).toHaveLength(2);
      }),
    );

    it(
      'waits for the lease of an owner that nobody can see, from the claim on, by the monotonic clock',
      withQueue(async ({ first, second, clock, hide }) => {
        await first.submit([newJob('a')]);
        clock.pass(3_600_000);
        const job = await claimOne(first, scopeOf(owner(1), { lease_ms: 1_000 }));
        hide(owner(1));
        clock.jump(86_400_000);
        clock.pass(999);
        expect(await second.reap()).toEqual([]);
        clock.jump(-30 * 86_400_000);
        clock.pass(1);
        expect(await second.reap()).toEqual([job]);
      }),
    );

    it(
      'fences a worker that stopped past its lease: neither heartbeat nor settlement counts any more',
      withQueue(async ({ first, second, clock }) => {
        await first.submit([newJob('a')]);
        const stale = await claimOne(first, scopeOf(owner(1), { lease_ms: 1_000 }));
        clock.pass(1_000);
        expect(await second.reap()).toHaveLength(1);
        const done = { state: 'done', result: resultOf('a'), cached: false } as const;
        expect(await first.heartbeat(stale, 1_000)).toBe('lost');
        expect(await first.settle(stale, done)).toBe(false);
        const job = await claimOne(second, scopeOf(owner(2)));
        expect(await first.heartbeat(stale, 1_000)).toBe('lost');
        for (const settlement of [
          done,
          { state: 'error', failure, event: 'failed' } as const,
          { state: 'retry', failure, delay_ms: 5 } as const,
          { state: 'release' } as const,
          { state: 'canceled' } as const,
        ])
          expect(await first.settle(stale, settlement)).toBe(false);
        expect(await first.get(job.id)).toEqual(job);
        expect(await first.history('a.mp3', 5)).toEqual([]);
        expect(await second.settle(job, done)).toBe(true);
        expect(await second.settle(job, done)).toBe(false);
        expect(await second.heartbeat(job, 1_000)).toBe('lost');
      }),
    );

    it(
      'renews a lease with each heartbeat',
      withQueue(async ({ first, second, clock }) => {
        await first.submit([newJob('a')]);
        const job = await claimOne(first, scopeOf(owner(1), { lease_ms: 1_000 }));
        for (let beat = 0; beat < 5; beat += 1) {
          clock.pass(900);
          expect(await first.heartbeat(job, 1_000)).toBe('held');
          expect(await second.reap()).toEqual([]);
        }
        clock.pass(1_000);
        expect(await second.reap()).toEqual([job]);
      }),
    );

    it(
      'ends a job as crashed when the third worker has died under it',
      withQueue(async ({ first, second, kill }) => {
        await first.submit([newJob('a', { max_attempts: 100 })]);
        for (let death = 1; death <= 3; death += 1) {
          const job = await claimOne(first, scopeOf(owner(death)));
          kill(owner(death));
          await second.reap();
          expect(await second.get(job.id)).toMatchObject({
            state: death < 3 ? 'pending' : 'error',
            crashes: death,
          });
        }
        const [job] = await second.list({ limit: 1 });
        expect(job).toMatchObject({
          failure: { code: 'crashed', details: { crashes: 3, owner: owner(3) } },
        });
        expect(await second.claim(scopeOf(owner(9)), 1)).toEqual([]);
        expect((await second.events(0, 20)).map(({ type }) => type)).toEqual([
          ...['submitted', 'started', 'retrying', 'started', 'retrying', 'started', 'failed'],
        ]);
      }),
    );

    it(
      'counts an attempt that was cut short from outside as it counts a death',
      withQueue(async ({ first, second, kill }) => {
        await first.submit([newJob('a')]);
        for (let cut = 1; cut <= 2; cut += 1) {
          const job = await claimOne(first, scopeOf(owner(1)));
          await first.settle(job, { state: 'retry', failure, delay_ms: 0, isOutside: true });
          expect(await second.get(job.id)).toMatchObject({ state: 'pending', crashes: cut });
        }
        const job = await claimOne(first, scopeOf(owner(1)));
        kill(owner(1));
        await second.reap();
        expect(await second.get(job.id)).toMatchObject({
          state: 'error',
          failure: { code: 'crashed' },
        });
      }),
    );

    it(
      'ends what only its dead submitter could run, whether it ran or waited, and nothing else',
      withQueue(async ({ first, second, kill }) => {
        const [gone, other] = [owner(1), owner(2)];
        const spec = { runner: `object:${objectOfSubmitter}` };
        const ours = { submitter: gone, spec };
        await first.submit([
          newJob('a', ours),
          newJob('a', ours),
          newJob('b', { submitter: other, spec }),
          newJob('c', { submitter: other, spec: { runner: 'object:shared' } }),
        ]);
        const scope = scopeOf(gone, { reach: 'own', objects: [objectOfSubmitter] });
        expect(await first.claim(scope, 5)).toHaveLength(1);
        expect(await second.reap()).toEqual([]);
        kill(gone);
        expect(await second.reap()).toHaveLength(1);
        expect(await second.counts()).toMatchObject({ pending: 2, running: 0, canceled: 2 });
        kill(other);
        expect(await second.reap()).toEqual([]);
        expect(await second.counts()).toMatchObject({ pending: 1, running: 0, canceled: 3 });
      }),
    );

    it(
      'ends the job of a dead worker as canceled where that was requested',
      withQueue(async ({ first, second, kill }) => {
        await first.submit([newJob('a')]);
        const job = await claimOne(first, scopeOf(owner(1)));
        await second.cancel(job.id);
        kill(owner(1));
        expect(await second.reap()).toEqual([{ ...job, cancel_requested: true }]);
        expect(await second.get(job.id)).toMatchObject({ state: 'canceled' });
      }),
    );
  });
}
