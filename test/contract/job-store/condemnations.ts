import { describe, expect, it } from 'vitest';
import type { EntryKey } from '../../../src/core/model/entry/key.ts';
import { NoLongerThere, type NewJob } from '../../../src/core/ports/jobs/job-queue.ts';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import { condemnedMs } from '../../../src/core/ports/jobs/retention.ts';
import { currentOwner } from '../../../src/support/process/owner.ts';
import { keptInput } from '../maintained.ts';
import { keyOf, newJob, owner, resultOf, scopeOf } from '../../helpers/jobs.ts';
import type { WithQueue } from '../job-store.ts';

const entry = (name: string): { readonly entry: EntryKey } => ({ entry: keyOf(name) });
const hit = (name: string, lookedSince?: number): NewJob =>
  newJob(name, { hit: resultOf(name), lookedSince });
const input = '/root/.cab/inputs/x.json';

/** What was accepted so far does not count. */
const condemn = async (store: JobStore, ...what: Parameters<JobStore['condemn']>[0][number][]) => {
  const { upTo } = await store.reliances();
  return (await store.condemn(what, upTo)).condemned;
};

export function describeCondemnations(withQueue: WithQueue): void {
  describe('of what a collection condemns', () => {
    it(
      'accepts nothing that would rely on it until it is released, and none of a batch',
      withQueue(async ({ first, second }) => {
        expect(await condemn(second, entry('a'), { input })).toEqual([true, true]);
        expect(await first.isCondemned(entry('a'))).toBe(true);
        const lookedSince = await first.moment();
        const sent = newJob('sent', { spec: keptInput(input), lookedSince });
        for (const job of [hit('a', lookedSince), newJob('a', { lookedSince }), hit('a'), sent])
          await expect(first.submit([newJob('other'), job])).rejects.toThrow(NoLongerThere);
        expect(await second.counts()).toMatchObject({ done: 0, pending: 0 });
        const db_copy = { place: input, machine: 'another' };
        const asking = newJob('asks', { spec: { db_copy }, lookedSince });
        await expect(first.submit([asking])).rejects.toThrow(NoLongerThere);
        await second.release([entry('a'), { input }]);
        expect(await first.isCondemned(entry('a'))).toBe(false);
        expect(await first.submit([hit('a', lookedSince), sent])).toHaveLength(2);
      }),
    );

    it(
      'accepts nothing of a caller who looked before it was condemned, however long ago that was',
      withQueue(async ({ first, second }) => {
        const before = await first.moment();
        await condemn(second, entry('a'));
        await second.release([entry('a')]);
        await expect(first.submit([hit('a', before)])).rejects.toThrow(NoLongerThere);
        expect(await first.submit([hit('b', before)])).toHaveLength(1);
        await second.forgetReleased();
        await expect(first.submit([hit('a', before)])).rejects.toThrow(NoLongerThere);
        const after = await first.moment();
        expect(after).toBeGreaterThan(before);
        expect(await first.submit([hit('a', after)])).toHaveLength(1);
      }),
    );

    it(
      'knows of what was forgotten, also when something earlier is forgotten later',
      withQueue(async ({ first, second }) => {
        const before = await first.moment();
        await condemn(second, entry('slow'));
        const between = await first.moment();
        await condemn(second, entry('a'));
        await second.release([entry('a')]);
        await second.forgetReleased();
        await second.release([entry('slow')]);
        await second.forgetReleased();
        await second.forgetReleased();
        for (const lookedSince of [before, between])
          await expect(first.submit([hit('a', lookedSince)])).rejects.toThrow(NoLongerThere);
        expect(await first.submit([hit('a', await first.moment())])).toHaveLength(1);
      }),
    );

    it(
      'refuses what a running job relies on, or one that was accepted since, and tells of the job',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('runs')]);
        await first.claim(scopeOf(owner(1)), 1);
        await first.remember(keyOf('runs'), keyOf('elsewhere'));
        const { upTo } = await second.reliances();
        await first.submit([hit('found'), newJob('sent', { spec: keptInput(input) })]);
        const wanted = ['runs', 'elsewhere', 'found', 'free'].map(entry);
        const { condemned, arrived } = await second.condemn([...wanted, { input }], upTo);
        expect(condemned).toEqual([false, false, false, true, false]);
        expect(arrived.of.map(({ source_hash }) => source_hash)).toEqual(
          expect.arrayContaining(['source-runs', 'source-elsewhere', 'source-found']),
        );
        const later = await second.condemn([entry('found')], arrived.upTo);
        expect(later.condemned).toEqual([true]);
      }),
    );

    it(
      'refuses what another collection condemned',
      withQueue(async ({ first, second }) => {
        expect(await condemn(first, entry('a'))).toEqual([true]);
        expect(await condemn(second, entry('a'), entry('b'))).toEqual([false, true]);
        await first.release([entry('a')]);
        expect(await condemn(second, entry('a'))).toEqual([true]);
      }),
    );

    it(
      'lets no key lead to it, and accepts nothing whose key leads to it',
      withQueue(async ({ first, second }) => {
        await first.remember(keyOf('known'), keyOf('a'));
        await condemn(second, entry('a'));
        await expect(first.remember(keyOf('new'), keyOf('a'))).rejects.toThrow(NoLongerThere);
        expect(await first.alias(keyOf('new'))).toBeUndefined();
        await expect(first.submit([newJob('known')])).rejects.toThrow(NoLongerThere);
        await second.release([entry('a')]);
        await first.remember(keyOf('new'), keyOf('a'));
        expect(await first.submit([newJob('known')])).toHaveLength(1);
      }),
    );

    it(
      'counts it as released when its time is over',
      withQueue(async ({ first, second, clock }) => {
        await condemn(second, entry('a'));
        clock.pass(condemnedMs - 1000);
        expect(await first.isCondemned(entry('a'))).toBe(true);
        await first.forgetReleased();
        await expect(first.submit([hit('a')])).rejects.toThrow(NoLongerThere);
        clock.pass(2000);
        expect(await first.isCondemned(entry('a'))).toBe(false);
        expect(await first.submit([hit('a', await first.moment())])).toHaveLength(1);
        expect(await condemn(first, entry('b'))).toEqual([true]);
      }),
    );

    it(
      'counts it as released when its process is dead, and not while nobody can tell',
      withQueue(async ({ first, second, hide, kill }) => {
        const before = await first.moment();
        await condemn(second, entry('a'));
        hide(currentOwner());
        await expect(first.submit([hit('a')])).rejects.toThrow(NoLongerThere);
        kill(currentOwner());
        await expect(first.submit([hit('a', before)])).rejects.toThrow(NoLongerThere);
        expect(await first.submit([hit('a', await first.moment())])).toHaveLength(1);
      }),
    );
  });
}
