import { setImmediate as immediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { failure, keyOf, newJob, owner, progress, resultOf, scopeOf } from '../../helpers/jobs.ts';
import { until } from '../../helpers/until.ts';
import type { WithQueue } from '../job-store.ts';
import { claimOne } from './claims.ts';

export function describeMemory(withQueue: WithQueue): void {
  it(
    'orders the history of a track by submission, whatever finishes last',
    withQueue(async ({ first, second }) => {
      const spec = { track_id: 'song' };
      await first.submit(['a', 'b', 'c'].map((name) => newJob(name, { spec })));
      const jobs = await first.claim(scopeOf(owner(1)), 3);
      for (const job of jobs.toReversed()) {
        const result = resultOf(job.spec.key.config_hash.replace('config-', ''));
        await first.settle(job, { state: 'done', result, cached: false });
      }
      await first.submit([newJob('x', { spec: { track_id: null }, hit: resultOf('x') })]);
      const ids = jobs.map(({ id }) => id).toReversed();
      expect((await second.history('song', 9)).map(({ job_id }) => job_id)).toEqual(ids);
      expect((await second.history('song', 2)).map(({ job_id }) => job_id)).toEqual(
        ids.slice(0, 2),
      );
      expect(await second.history('other', 9)).toEqual([]);
    }),
  );

  it(
    'tells of each job of a track that was done until somebody has looked at the pointer, across processes',
    withQueue(async ({ first, second }) => {
      const spec = { track_id: 'song' };
      const [hit] = await first.submit([newJob('a', { spec, hit: resultOf('a') })]);
      await first.submit(['b', 'c', 'd'].map((name) => newJob(name, { spec })));
      await first.submit([newJob('x', { spec: { track_id: null }, hit: resultOf('x') })]);
      const [run, failed] = await first.claim(scopeOf(owner(1)), 2);
      if (hit === undefined || run === undefined || failed === undefined)
        throw new Error('a job is missing');
      await first.settle(run, { state: 'done', result: resultOf('b'), cached: false });
      await first.settle(failed, { state: 'error', failure, event: 'failed' });
      const trailing = [hit, run].map(({ id: job_id }) => ({ job_id, track_id: 'song' }));
      const told = await second.trailing();
      expect(told.toSorted((a, b) => (a.job_id < b.job_id ? -1 : 1))).toEqual(trailing);
      second.caughtUp([hit.id]);
      await until(async () => (await first.trailing()).length === 1);
      first.caughtUp([run.id, hit.id]);
      await until(async () => (await second.trailing()).length === 0);
    }),
  );

  it(
    'adopts what is known of a track from elsewhere, and changes nothing that stands',
    withQueue(async ({ first, second }) => {
      const [job] = await first.submit([
        newJob('a', { spec: { track_id: 'song' }, hit: resultOf('a') }),
      ]);
      if (job === undefined) throw new Error('nothing was accepted');
      const [standing] = await first.history('song', 1);
      const at = '2026-01-01T00:00:00.000Z';
      const known = (name: string) => ({ track_id: 'song', at, ...resultOf(name) });
      await second.adopt([
        { ...known('old'), job_id: '00000000-0000-7000-8000-000000000000' },
        { ...known('other'), job_id: job.id },
        { ...known('latest'), job_id: null },
      ]);
      const found = await first.history('song', 9);
      expect(found.map(({ config_hash }) => config_hash)).toEqual([
        resultOf('latest').config_hash,
        resultOf('a').config_hash,
        resultOf('old').config_hash,
      ]);
      expect(found[1]).toEqual(standing);
      const [next] = await first.submit([newJob('b')]);
      expect((next?.id ?? '') > (found[0]?.job_id ?? '')).toBe(true);
    }),
  );

  it(
    'remembers where a predicted key leads, until it leads to itself',
    withQueue(async ({ first, second }) => {
      expect(await second.alias(keyOf('a'))).toBeUndefined();
      await first.remember(keyOf('a'), keyOf('b'));
      expect(await second.alias(keyOf('a'))).toEqual(keyOf('b'));
      await second.remember(keyOf('a'), keyOf('c'));
      expect(await first.alias(keyOf('a'))).toEqual(keyOf('c'));
      await first.remember(keyOf('a'), keyOf('a'));
      await first.remember(keyOf('z'), keyOf('z'));
      expect(await second.alias(keyOf('a'))).toBeUndefined();
    }),
  );

  it(
    'remembers the digest of a file for the very file that was hashed',
    withQueue(async ({ first, second }) => {
      const digest = 'd'.repeat(64);
      await first.rememberDigests([{ path: '/spine.db', fingerprint: '1:2', digest }]);
      expect(await second.digests([{ path: '/spine.db', fingerprint: '1:2' }])).toEqual([digest]);
      expect(await second.digests([{ path: '/spine.db', fingerprint: '1:3' }])).toEqual([
        undefined,
      ]);
      expect(await second.digests([{ path: '/other.db', fingerprint: '1:2' }])).toEqual([
        undefined,
      ]);
      await second.rememberDigests([{ path: '/spine.db', fingerprint: '1:3', digest: 'f' }]);
      expect(await first.digests([{ path: '/spine.db', fingerprint: '1:3' }])).toEqual(['f']);
    }),
  );

  it(
    'records what happens, in order, with what callers add, for all or one job',
    withQueue(async ({ first, second, clock }) => {
      const [a, b] = await first.submit([newJob('a'), newJob('b')]);
      if (a === undefined || b === undefined) throw new Error('nothing was accepted');
      const job = await claimOne(first);
      await second.record(job.id, progress(0.5));
      await first.settle(job, { state: 'retry', failure, delay_ms: 40 });
      await second.cancel(b.id);
      const all = await second.events(0, 100);
      expect(all.map(({ type, job_id }) => [type, job_id === a.id ? 'a' : 'b'])).toEqual([
        ['submitted', 'a'],
        ['submitted', 'b'],
        ['started', 'a'],
        ['progress', 'a'],
        ['retrying', 'a'],
        ['canceled', 'b'],
      ]);
      const seqs = all.map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((x, y) => x - y));
      expect(all[3]).toEqual({
        seq: seqs[3],
        job_id: a.id,
        at: clock.now().toISOString(),
        type: 'progress',
        attempt: 1,
        data: { fraction: 0.5, message: null },
      });
      expect(all[4]).toMatchObject({ attempt: 1, data: { code: 'runner_failed', delay_ms: 40 } });
      expect(await first.events(seqs[1] ?? 0, 2)).toEqual(all.slice(2, 4));
      expect(await first.events(seqs[0] ?? 0, 9, b.id)).toEqual([all[1], all[5]]);
      expect(await first.events(0, 9, 'no-such-job')).toEqual([]);
      await expect(first.record('no-such-job', progress(0))).rejects.toMatchObject({
        code: 'not_found',
      });
    }),
  );

  it(
    'shows a reader who goes on from the last event all that many processes write at once',
    withQueue(async ({ first, second }) => {
      const [job] = await first.submit([newJob('a')]);
      const write = async (store: typeof first, from: number): Promise<void> => {
        for (let n = from; n < from + 100; n += 1) await store.record(job?.id ?? '', progress(n));
      };
      const writing = { isOver: false };
      const written = Promise.all([write(first, 0), write(second, 100), write(first, 200)]).then(
        () => (writing.isOver = true),
      );
      const seen: unknown[] = [];
      for (let after = 0, isLast = false; !isLast;) {
        // A store that answers at once would leave the writers no turn.
        await immediate();
        isLast = writing.isOver;
        const events = await second.events(after, 1000);
        for (const { type, data } of events) if (type === 'progress') seen.push(data.fraction);
        after = events.at(-1)?.seq ?? after;
      }
      await written;
      expect(seen.sort((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: 300 }, (_, n) => n),
      );
    }),
  );

  it(
    'calls listeners after commits of its own and of other processes, until they are taken off',
    withQueue(async ({ first, second }) => {
      let heard = 0;
      let heardByOther = 0;
      const end = first.onChange(() => (heard += 1));
      second.onChange(() => (heardByOther += 1));
      await first.submit([newJob('a')]);
      await until(() => heard > 0 && heardByOther > 0);
      heard = 0;
      await second.submit([newJob('b')]);
      await until(() => heard > 0);
      end();
      heard = 0;
      heardByOther = 0;
      await first.submit([newJob('c')]);
      await until(() => heardByOther > 0);
      expect(heard).toBe(0);
    }),
  );

  it(
    'closes more than once',
    withQueue(async ({ first, second }) => {
      first.onChange(() => undefined);
      await first.close();
      await first.close();
      await second.submit([newJob('a')]);
      expect((await second.counts()).pending).toBe(1);
    }),
  );
}
