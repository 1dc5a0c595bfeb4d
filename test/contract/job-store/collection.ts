import { describe, expect, it } from 'vitest';
import type { Settlement } from '../../../src/core/ports/jobs/job-queue.ts';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import { type TrackResult } from '../../../src/core/ports/jobs/retention.ts';
import type { EntryKey } from '../../../src/core/model/entry/key.ts';
import { formatKey } from '../../../src/core/model/entry/key.ts';
import { failure, keyOf, newJob, owner, progress, resultOf, scopeOf } from '../../helpers/jobs.ts';
import { swept } from '../../helpers/swept.ts';
import type { WithQueue } from '../job-store.ts';

export const done = (name: string): Settlement => ({
  state: 'done',
  result: resultOf(name),
  cached: false,
});

/** Submits, claims and settles one job. */
export async function ended(store: JobStore, name: string, settlement = done(name), more = {}) {
  await store.submit([newJob(name, more)]);
  const [job] = await store.claim(scopeOf(owner(1)), 1);
  if (job === undefined) throw new Error('nothing was claimed');
  await store.settle(job, settlement);
  return job;
}

const all = async <T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
};

const keysOf = (keys: readonly EntryKey[]): string[] => [...new Set(keys.map(formatKey))].sort();
export const never = '1970-01-01T00:00:00.000Z';
export const ever = '9999-01-01T00:00:00.000Z';

export function describeCollection(withQueue: WithQueue): void {
  describe('for a collection', () => {
    it(
      'tells what pending and running jobs rely on, and where that leads',
      withQueue(async ({ first, second }) => {
        await ended(first, 'over');
        await first.submit([newJob('runs'), newJob('waits')]);
        await first.claim(scopeOf(owner(1)), 1);
        await first.remember(keyOf('runs'), keyOf('elsewhere'));
        const kept = {
          input: {
            path: '/root/.cab/inputs/x.json',
            kept: true,
            fingerprint: '',
            format: 'json',
          } as const,
        };
        const copy = (name: string) => ({ place: `/root/.cab/inputs/${name}`, machine: 'another' });
        const named = {
          path: '/own/y.json',
          kept: false,
          fingerprint: '',
          format: 'json',
        } as const;
        const copied = { input: { ...named, copy: copy('y.json') }, db_copy: copy('db') };
        const fetched = { db_path: '/root/.cab/inputs/db2', db_kept: true };
        await first.submit([
          newJob('sent', { spec: kept }),
          newJob('copied', { spec: copied }),
          newJob('fetched', { spec: fetched }),
        ]);
        const { of } = await second.reliances();
        expect(keysOf(of)).toEqual(
          keysOf(['runs', 'elsewhere', 'waits', 'sent', 'copied', 'fetched'].map(keyOf)),
        );
        expect(of.flatMap(({ kept: places }) => places).sort()).toEqual([
          '/root/.cab/inputs/db',
          '/root/.cab/inputs/db2',
          '/root/.cab/inputs/x.json',
          '/root/.cab/inputs/y.json',
        ]);
      }),
    );

    it(
      'tells of jobs accepted since, also of those that ended since, and of those that run',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('before')]);
        const { upTo } = await first.reliances();
        await second.submit([newJob('hit', { hit: resultOf('found') }), newJob('waits')]);
        const { arrived } = await first.condemn([], upTo);
        expect(keysOf(arrived.of)).toEqual(keysOf(['hit', 'found', 'waits'].map(keyOf)));
        const [claimed] = await second.claim(scopeOf(owner(2)), 1);
        await second.remember(claimed?.spec.key ?? keyOf(''), keyOf('target'));
        const later = await first.condemn([], arrived.upTo);
        expect(keysOf(later.arrived.of)).toEqual(keysOf(['before', 'target'].map(keyOf)));
      }),
    );

    it(
      'ranks the results of every track, and says when one left the last places',
      withQueue(async ({ first, clock }) => {
        const times: string[] = [];
        for (const name of ['a', 'b', 'c']) {
          clock.pass(1000);
          times.push(clock.now().toISOString());
          await ended(first, name, done(name), { spec: { track_id: 'T' } });
        }
        await ended(first, 'x', done('x'), { spec: { track_id: 'U' } });
        const results = await all<TrackResult>(first.trackResults(2));
        const ranked = results.map(({ track_id, rank, left_at, source_hash }) => [
          track_id,
          ...[rank, source_hash, left_at],
        ]);
        // Tracks come in no order, each in one piece.
        const tracks = results.map(({ track_id }) => track_id);
        expect(tracks.filter((track, at) => track !== tracks[at - 1]).toSorted()).toEqual([
          'T',
          'U',
        ]);
        expect(ranked.toSorted()).toEqual([
          ['T', 1, 'source-c', null],
          ['T', 2, 'source-b', null],
          ['T', 3, 'source-a', times[2]],
          ['U', 1, 'source-x', null],
        ]);
      }),
    );

    it(
      'trims the earliest of the ended jobs beyond so many, with their events, and leaves the rest',
      withQueue(async ({ first, second }) => {
        const gone = await ended(first, 'a');
        await ended(first, 'b', { state: 'error', failure, event: 'failed' });
        const kept = await ended(first, 'c', { state: 'canceled' });
        await first.submit([newJob('waits')]);
        const last = await first.lastEvent();
        const rule = { keep: 1, before: never, settled: ever, dryRun: false };
        expect(await swept((from) => first.trim({ ...rule, dryRun: true }, from))).toBe(2);
        expect(await swept((from) => first.trim(rule, from))).toBe(2);
        expect(await second.counts()).toMatchObject({ done: 0, error: 0, canceled: 1, pending: 1 });
        expect(await second.get(gone.id)).toBeUndefined();
        expect(await second.get(kept.id)).toMatchObject({ state: 'canceled' });
        expect(await second.events(0, 100, gone.id)).toEqual([]);
        expect(await second.lastEvent()).toBe(last);
        expect(await second.history('a.mp3', 5)).toHaveLength(1);
        const [next] = await first.submit([newJob('next')]);
        expect((next?.id ?? '') > kept.id).toBe(true);
      }),
    );

    it(
      'trims what ended long ago however little there is, and nothing that ended just now',
      withQueue(async ({ first, clock }) => {
        const old = await ended(first, 'old');
        clock.pass(10_000);
        const before = clock.now().toISOString();
        clock.pass(10_000);
        const young = await ended(first, 'young');
        const rule = { keep: 100, before, settled: ever, dryRun: false };
        expect(await swept((from) => first.trim({ ...rule, settled: never }, from))).toBe(0);
        expect(await swept((from) => first.trim(rule, from))).toBe(1);
        expect(await first.get(old.id)).toBeUndefined();
        expect(await first.get(young.id)).toBeDefined();
      }),
    );

    it(
      'trims a thousand jobs by portions, and a job with thousands of events',
      withQueue(async ({ first, second }) => {
        const hits = Array.from({ length: 1000 }, (_, n) =>
          newJob(`n${n}`, { hit: resultOf(`n${n}`) }),
        );
        await first.submit(hits);
        const talker = await ended(first, 'talker');
        for (let n = 0; n < 1500; n++) await first.record(talker.id, progress(n));
        const rule = { keep: 0, before: never, settled: ever, dryRun: false };
        expect(await swept((from) => first.trim(rule, from))).toBe(1001);
        expect(await second.counts()).toMatchObject({ done: 0 });
        expect(await second.events(0, 10)).toEqual([]);
        while (await first.shrink());
        expect(await second.submit([newJob('after')])).toHaveLength(1);
      }),
    );

    it(
      'names the kept inputs that a job may yet need',
      withQueue(async ({ first }) => {
        const input = (name: string) => ({
          spec: {
            input: { path: `/kept/${name}`, kept: true, fingerprint: '', format: 'json' } as const,
          },
        });
        await ended(first, 'done', done('done'), input('done'));
        await ended(first, 'failed', { state: 'error', failure, event: 'failed' }, input('failed'));
        const db_copy = { place: '/kept/database', machine: 'another' };
        await first.submit([
          newJob('waits', input('waits')),
          newJob('named'),
          newJob('asks', { spec: { db_copy } }),
        ]);
        expect((await all(first.inputsInUse())).sort()).toEqual([
          '/kept/database',
          '/kept/failed',
          '/kept/waits',
        ]);
      }),
    );
  });
}
