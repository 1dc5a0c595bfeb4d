import { describe, expect, it } from 'vitest';
import { failure, newJob, owner, resultOf, scopeOf } from '../../helpers/jobs.ts';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import type { WithQueue } from '../job-store.ts';

export const names = (jobs: readonly { spec: { run_id: string } }[]) =>
  jobs.map(({ spec }) => spec.run_id.replace('run-', ''));

export async function claimOne(store: JobStore, scope = scopeOf(owner(1))) {
  const [job] = await store.claim(scope, 1);
  if (job === undefined) throw new Error('nothing was claimed');
  return job;
}

export function describeClaims(withQueue: WithQueue): void {
  describe('claim', () => {
    it(
      'takes the higher priority first, then the order of submission, up to the limit',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('a'), newJob('b', { priority: 5 }), newJob('c')]);
        await second.submit([newJob('d', { priority: -1 }), newJob('e', { priority: 5 })]);
        expect(await first.claim(scopeOf(owner(1)), 0)).toEqual([]);
        expect(names(await second.claim(scopeOf(owner(1)), 3))).toEqual(['b', 'e', 'a']);
        expect(names(await first.claim(scopeOf(owner(2)), 10))).toEqual(['c', 'd']);
        expect(await first.claim(scopeOf(owner(1)), 10)).toEqual([]);
      }),
    );

    it(
      'makes the job running, with its owner, a higher epoch and one attempt more',
      withQueue(async ({ first, second, clock }) => {
        await first.submit([newJob('a')]);
        clock.pass(60);
        const job = await claimOne(second, scopeOf(owner(4)));
        expect(job).toMatchObject({ state: 'running', owner: owner(4), attempts: 1, epoch: 1 });
        expect(job).toMatchObject({ cancel_requested: false, crashes: 0 });
        expect(job.started_at).toBe(clock.now().toISOString());
        expect(await first.get(job.id)).toEqual(job);
      }),
    );

    it(
      'never runs two of one key at once, in one batch or over processes',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('a'), newJob('a'), newJob('b'), newJob('a'), newJob('b')]);
        const [a, b] = await first.claim(scopeOf(owner(1)), 10);
        expect(names([a, b].flatMap((job) => job ?? []))).toEqual(['a', 'b']);
        expect(await second.claim(scopeOf(owner(2)), 10)).toEqual([]);
        expect(await second.nextDue(scopeOf(owner(2)))).toBe(0);
        if (a === undefined) throw new Error('nothing was claimed');
        await first.settle(a, { state: 'done', result: resultOf('a'), cached: false });
        expect(names(await second.claim(scopeOf(owner(2)), 10))).toEqual(['a']);
      }),
    );

    it(
      'finds what can run behind a thousand that wait for their key',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('same')]);
        await claimOne(first);
        await first.submit(Array.from({ length: 1000 }, () => newJob('same', { priority: 9 })));
        await first.submit([newJob('x'), newJob('y')]);
        expect(names(await second.claim(scopeOf(owner(2)), 1))).toEqual(['x']);
        expect(names(await second.claim(scopeOf(owner(2)), 8))).toEqual(['y']);
      }),
    );

    it(
      'with reach `adopt` takes its own jobs, then those of the dead and of no one, never of the living',
      withQueue(async ({ first, second, kill }) => {
        const [me, other, gone] = [owner(1), owner(2), owner(3)];
        kill(gone);
        await first.submit([
          newJob('anyone'),
          newJob('theirs', { submitter: other, priority: 3 }),
          newJob('orphan', { submitter: gone }),
          newJob('orphan2', { submitter: gone, priority: 1 }),
          newJob('mine', { submitter: me }),
        ]);
        const adopting = scopeOf(me, { reach: 'adopt' });
        const claimed = ['mine', 'orphan2', 'anyone', 'orphan'];
        expect(names(await second.claim(adopting, 10))).toEqual(claimed);
        expect(await second.nextDue(adopting)).toBeUndefined();
        expect(names(await first.claim(scopeOf(owner(9)), 10))).toEqual(['theirs']);
      }),
    );

    it(
      'with reach `own` takes its own jobs alone',
      withQueue(async ({ first, second, kill }) => {
        const [me, gone] = [owner(1), owner(3)];
        kill(gone);
        await first.submit([
          newJob('anyone'),
          newJob('orphan', { submitter: gone, priority: 1 }),
          newJob('mine', { submitter: me }),
        ]);
        const own = scopeOf(me, { reach: 'own' });
        expect(names(await second.claim(own, 10))).toEqual(['mine']);
        expect(await second.nextDue(own)).toBeUndefined();
      }),
    );

    it(
      'with reach `adopt` takes equal jobs of several submitters one at a time, and its own first',
      withQueue(async ({ first, kill }) => {
        const [me, gone] = [owner(1), owner(3)];
        kill(gone);
        await first.submit([
          ...['k1', 'k2', 'k3'].map((name) => newJob(name, { submitter: gone })),
          ...['k1', 'k2', 'k4'].map((name) => newJob(name, { submitter: me })),
        ]);
        const adopting = scopeOf(me, { reach: 'adopt' });
        expect(names(await first.claim(adopting, 3))).toEqual(['k1', 'k2', 'k4']);
        expect(names(await first.claim(adopting, 3))).toEqual(['k3']);
      }),
    );

    it(
      'leaves a job whose worker died where it was: with its submitter',
      withQueue(async ({ first, second, kill }) => {
        await first.submit([newJob('mine', { submitter: owner(1) })]);
        await claimOne(first, scopeOf(owner(8)));
        kill(owner(8));
        await second.reap();
        const adopting = scopeOf(owner(2), { reach: 'adopt' });
        expect(names(await second.claim(adopting, 10))).toEqual([]);
        kill(owner(1));
        expect(names(await second.claim(adopting, 10))).toEqual(['mine']);
      }),
    );

    it(
      'passes over jobs of embedded runners that the worker does not hold',
      withQueue(async ({ first, second }) => {
        await first.submit([
          newJob('a', { spec: { runner: 'object:mine' } }),
          newJob('b', { spec: { runner: 'object:other' } }),
          newJob('c'),
        ]);
        expect(await first.nextDue(scopeOf(owner(1), { objects: ['x'] }))).toBe(0);
        expect(names(await second.claim(scopeOf(owner(1)), 10))).toEqual(['c']);
        expect(await first.nextDue(scopeOf(owner(1)))).toBeUndefined();
        const mine = scopeOf(owner(1), { objects: ['mine'] });
        expect(names(await second.claim(mine, 10))).toEqual(['a']);
        expect(await first.nextDue(mine)).toBeUndefined();
      }),
    );

    it(
      'takes a delayed job when its time has come, whatever the wall clock says',
      withQueue(async ({ first, second, clock }) => {
        await first.submit([newJob('a', { submitter: owner(1) })]);
        const job = await claimOne(first);
        expect(await second.nextDue(scopeOf(owner(2)))).toBeUndefined();
        await first.settle(job, { state: 'retry', failure, delay_ms: 5_000 });
        const run_at = new Date(clock.now().getTime() + 5_000).toISOString();
        expect(await second.get(job.id)).toMatchObject({ state: 'pending', run_at, failure });
        clock.jump(86_400_000);
        expect(await second.claim(scopeOf(owner(2)), 1)).toEqual([]);
        clock.jump(-9 * 86_400_000);
        clock.pass(4_000);
        expect(await second.claim(scopeOf(owner(2)), 1)).toEqual([]);
        expect(await second.nextDue(scopeOf(owner(2)))).toBe(1_000);
        expect(await second.nextDue(scopeOf(owner(1), { reach: 'own' }))).toBe(1_000);
        expect(await second.nextDue(scopeOf(owner(2), { reach: 'own' }))).toBeUndefined();
        clock.pass(1_000);
        expect(await second.nextDue(scopeOf(owner(2)))).toBe(0);
        expect(await second.get(job.id)).toMatchObject({ state: 'pending', run_at: null });
        expect(await claimOne(second)).toMatchObject({ id: job.id, attempts: 2, epoch: 2 });
      }),
    );

    it(
      'lets an equal job pass one that is delayed, and gives the delayed one its turn after',
      withQueue(async ({ first, clock }) => {
        await first.submit([newJob('a'), newJob('a')]);
        const delayed = await claimOne(first);
        await first.settle(delayed, { state: 'retry', failure, delay_ms: 5_000 });
        const other = await claimOne(first);
        expect(other.id > delayed.id).toBe(true);
        clock.pass(5_000);
        expect(await first.claim(scopeOf(owner(1)), 1)).toEqual([]);
        await first.settle(other, { state: 'done', result: resultOf('a'), cached: false });
        expect((await claimOne(first)).id).toBe(delayed.id);
      }),
    );

    it(
      'shares jobs among many claims at once, each job to one',
      withQueue(async ({ first, second }) => {
        const jobs = await first.submit(Array.from({ length: 60 }, (_, n) => newJob(`j${n}`)));
        const claims = await Promise.all(
          Array.from({ length: 30 }, (_, n) =>
            (n % 2 === 0 ? first : second).claim(scopeOf(owner(n + 1)), 3),
          ),
        );
        const taken = claims.flat().map(({ id }) => id);
        expect(taken.sort()).toEqual(jobs.map(({ id }) => id));
      }),
    );
  });
}
