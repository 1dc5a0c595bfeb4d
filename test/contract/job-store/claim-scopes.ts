import { describe, expect, it } from 'vitest';
import { failure, newJob, owner, scopeOf } from '../../helpers/jobs.ts';
import type { WithQueue } from '../job-store.ts';
import { names } from './claims.ts';

export function describeClaimScopes(withQueue: WithQueue): void {
  describe('claim, of what a worker may take', () => {
    it(
      'with reach `adopt` sees what waits behind a job that it adopted',
      withQueue(async ({ first, second, kill }) => {
        const submitter = owner(5);
        await first.submit([newJob('a', { submitter }), newJob('a', { submitter })]);
        kill(submitter);
        const adopting = scopeOf(owner(1), { reach: 'adopt' });
        expect(await second.claim(adopting, 10)).toHaveLength(1);
        expect(await second.nextDue(adopting)).toBe(0);
      }),
    );

    it(
      'leaves jobs to others that need what this worker does not have, and lets none stand in the way',
      withQueue(async ({ first, second }) => {
        const needing = (name: string, ...needs: string[]) =>
          newJob(name, needs.length === 0 ? {} : { spec: { needs } });
        const jobs = await first.submit([
          ...[needing('a', 'gpu'), needing('b', 'gpu', 'large'), needing('c')],
          // The same key as the first, and free for all.
          ...[needing('a'), needing('d', 'gpu')],
        ]);
        expect(await second.get(jobs[1]?.id ?? '')).toEqual(jobs[1]);
        expect(jobs.map(({ spec }) => spec.needs)).toEqual([
          ...[['gpu'], ['gpu', 'large'], undefined, undefined, ['gpu']],
        ]);
        const plain = scopeOf(owner(1));
        expect(names(await second.claim(plain, 1))).toEqual(['c']);
        expect(names(await second.claim(plain, 10))).toEqual(['a']);
        expect(await second.nextDue(plain)).toBeUndefined();
        const small = scopeOf(owner(2), { labels: ['gpu', 'other'] });
        expect(names(await first.claim(small, 10))).toEqual(['d']);
        // The first one waits for its key.
        expect(await first.nextDue(small)).toBe(0);
        const large = scopeOf(owner(3), { labels: ['large', 'gpu'], reach: 'adopt' });
        expect(names(await first.claim(large, 10))).toEqual(['b']);
      }),
    );

    it(
      'leaves jobs to others whose runner this machine does not have, whether they are due or delayed',
      withQueue(async ({ first, second }) => {
        const spec = { runner: '/mods/"one".mjs' };
        const jobs = await first.submit([
          newJob('a', { spec }),
          newJob('b'),
          newJob('c', { spec }),
        ]);
        const without = scopeOf(owner(1), { without: [spec.runner] });
        const claimed = await second.claim(without, 10);
        expect(claimed.map(({ id }) => id)).toEqual([jobs[1]?.id]);
        expect(await second.nextDue(without)).toBeUndefined();
        const adopting = scopeOf(owner(1), { without: [spec.runner], reach: 'adopt' });
        expect(await second.claim(adopting, 10)).toEqual([]);
        expect(await second.nextDue(adopting)).toBeUndefined();
        expect(await first.nextDue(scopeOf(owner(2)))).toBe(0);
        const others = await first.claim(scopeOf(owner(2)), 10);
        expect(others.map(({ id }) => id)).toEqual([jobs[0]?.id, jobs[2]?.id]);
        for (const job of others)
          await first.settle(job, { state: 'retry', failure, delay_ms: 60_000 });
        expect(await second.nextDue(without)).toBeUndefined();
      }),
    );

    it(
      'takes of a kind as many as there is room for, and of other kinds all',
      withQueue(async ({ first, second }) => {
        const ofKind = (name: string, kind?: string) => newJob(name, { spec: { kind } });
        await first.submit([
          ...[ofKind('a', 'slow'), ofKind('b', 'slow'), ofKind('c', 'quick'), ofKind('d')],
          ...[ofKind('e', 'slow'), ofKind('f', 'full')],
        ]);
        const scope = (slow: number) => ({
          ...scopeOf(owner(1)),
          room: new Map([
            ['slow', slow],
            ['full', 0],
          ]),
        });
        const claimed = await second.claim(scope(2), 10);
        expect(names(claimed)).toEqual(['a', 'b', 'c', 'd']);
        expect(claimed.map(({ spec }) => spec.kind)).toEqual(['slow', 'slow', 'quick', undefined]);
        expect(await first.claim(scope(0), 10)).toEqual([]);
        expect(names(await first.claim(scope(1), 1))).toEqual(['e']);
        expect(names(await first.claim(scopeOf(owner(2)), 10))).toEqual(['f']);
      }),
    );
  });
}
