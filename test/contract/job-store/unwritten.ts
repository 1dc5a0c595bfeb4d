import { describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import type { UnwrittenEntries } from '../../../src/core/ports/jobs/unwritten-entries.ts';
import { keyOf, newJob, owner, resultOf, scopeOf } from '../../helpers/jobs.ts';
import { lightEntry } from '../../helpers/light-entries.ts';
import type { QueueFixture, WithQueue } from '../job-store.ts';
import { claimOne } from './claims.ts';

/** For stores that keep entries. The others say so, and are asked for nothing else. */
export function describeUnwritten(withQueue: WithQueue): void {
  const withRows = (test: (queue: QueueFixture & { rows: UnwrittenEntries }) => Promise<void>) =>
    withQueue(async (queue) => {
      const { unwritten: rows } = queue.first;
      if (rows !== undefined) await test({ ...queue, rows });
    });
  const others = ({ second }: QueueFixture): UnwrittenEntries => {
    if (second.unwritten === undefined) throw new Error('one store keeps entries, the other none');
    return second.unwritten;
  };
  const entry = lightEntry(keyOf('a'), '{"n":1}', { 'plots/plot.svg': '<svg/>' });
  const begun = async (store: JobStore) => {
    await store.submit([newJob('a')]);
    return claimOne(store, scopeOf(owner(1)));
  };
  const ofJob = async (store: JobStore, id: string) => (await store.get(id))?.state;

  describe('entries whose files are not flushed', () => {
    it(
      'are kept while their job runs, and leave with their files',
      withRows(async ({ first, rows }) => {
        const job = await begun(first);
        const row = await rows.keep(job, entry);
        expect(await ofJob(first, job.id)).toBe('running');
        expect(await rows.conclude(job, resultOf('a'))).toBe(true);
        expect(await ofJob(first, job.id)).toBe('done');
        expect(await first.trailing()).toMatchObject([{ job_id: job.id }]);
        expect(await rows.count()).toBe(1);
        await rows.drop([{ row: row ?? 0, job_id: job.id }]);
        expect(await rows.count()).toBe(0);
        expect(await first.trailing()).toEqual([]);
      }),
    );

    it(
      'are not taken from an attempt that lost its job',
      withRows(async ({ first, second, rows, clock }) => {
        const job = await begun(first);
        clock.pass(3_600_000);
        await second.reap();
        expect(await rows.keep(job, entry)).toBeUndefined();
        expect(await rows.conclude(job, resultOf('a'))).toBe(false);
        expect(await rows.count()).toBe(0);
      }),
    );

    it(
      'are nobody else’s as long as their writer lives',
      withRows(async (queue) => {
        const job = await begun(queue.first);
        await queue.rows.keep(job, entry);
        const seen = others(queue);
        expect(await seen.isAnyLeft()).toBe(false);
        expect(await seen.left(0, 10)).toEqual([]);
        expect(await seen.left(0, 10, true)).toEqual([]);
        await queue.rows.conclude(job, resultOf('a'));
        expect(await seen.left(0, 10)).toEqual([]);
        expect(await seen.left(0, 10, true)).toMatchObject([{ job_id: job.id, entry }]);
      }),
    );

    it(
      'of a dead writer are found whole, with the job that they still have to end',
      withRows(async (queue) => {
        const { first, second, kill, rows } = queue;
        const job = await begun(first);
        const row = await rows.keep(job, entry);
        kill(owner(1));
        expect(await others(queue).isAnyLeft()).toBe(true);
        expect(await second.reap(), 'its outcome is kept').toEqual([]);
        const [left] = await others(queue).left(0, 10);
        expect(left).toEqual({
          ...{ row, job_id: job.id, track_id: 'a.mp3', entry },
          ...{ running: job, isOfOtherBoot: false },
        });
        expect(await others(queue).left(row ?? 0, 10)).toEqual([]);
        await second.settle(job, { state: 'done', result: resultOf('a'), cached: false });
        expect(await others(queue).left(0, 10)).toMatchObject([{ running: undefined }]);
      }),
    );

    it(
      'of a writer that nobody can see wait for the lease of their job',
      withRows(async (queue) => {
        const { first, second, clock, hide, rows } = queue;
        const job = await begun(first);
        await rows.keep(job, entry);
        hide(owner(1));
        expect(await others(queue).left(0, 10)).toEqual([]);
        clock.pass(3_600_000);
        expect(await second.reap()).toHaveLength(1);
        expect(await others(queue).left(0, 10)).toMatchObject([{ running: undefined }]);
      }),
    );

    it(
      'are told apart from those that were kept before the machine was restarted',
      withRows(async (queue) => {
        const { first, clock, kill, rows } = queue;
        await rows.keep(await begun(first), entry);
        kill(owner(1));
        clock.reboot('boot-2');
        expect(await others(queue).left(0, 10)).toMatchObject([{ isOfOtherBoot: true }]);
      }),
    );

    it(
      'are never given a row that another one had',
      withRows(async ({ first, rows }) => {
        const job = await begun(first);
        const row = (await rows.keep(job, entry)) ?? 0;
        await rows.drop([{ row, job_id: job.id }]);
        expect(await rows.keep(job, entry)).toBeGreaterThan(row);
      }),
    );
  });
}
