import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/core/model/job/job.ts';
import { keyOf, newJob, owner, resultOf, scopeOf, specOf } from '../../helpers/jobs.ts';
import type { WithQueue } from '../job-store.ts';

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export function describeSubmissions(withQueue: WithQueue): void {
  describe('submit', () => {
    it(
      'hands back pending jobs that another process reads just so',
      withQueue(async ({ first, second, clock }) => {
        const [job] = await first.submit([newJob('a', { priority: 7, max_attempts: 2 })]);
        expect(job).toEqual({
          id: expect.stringMatching(uuidV7) as unknown,
          state: 'pending',
          spec: specOf('a'),
          priority: 7,
          attempts: 0,
          max_attempts: 2,
          crashes: 0,
          submitted_at: clock.now().toISOString(),
          run_at: null,
          failure: null,
        });
        expect(await second.get(job?.id ?? '')).toEqual(job);
        expect(await second.get('no-such-job')).toBeUndefined();
      }),
    );

    it(
      'keeps the input that came with a job until the job is done, and no other',
      withQueue(async ({ first, second }) => {
        const worker = scopeOf(owner(1));
        const texts = ['{"n":1}', '{"n":2}', '{"n":3,"\u0000夜":1e400}'];
        const jobs = await first.submit(texts.map((input, n) => newJob(`j${n}`, { input })));
        const stored = () => Promise.all(jobs.map(({ id }) => second.input(id)));
        expect(await stored()).toEqual(texts);
        for (const job of await first.claim(worker, 2))
          if (job.id === jobs[0]?.id)
            await first.settle(job, { state: 'done', result: resultOf('j0'), cached: false });
          else await first.settle(job, { state: 'canceled' });
        expect(await stored()).toEqual([undefined, ...texts.slice(1)]);
        const [without] = await first.submit([newJob('without')]);
        expect(await second.input(without?.id ?? '')).toBeUndefined();
        expect(await second.input('no-such-job')).toBeUndefined();
      }),
    );

    it(
      'keeps every text and number of a job as it is',
      withQueue(async ({ first, second }) => {
        const spec = specOf('x', {
          track_id: '夜に駆ける \'"\n\u0000end',
          probe: JSON.parse('{"__proto__": {"a": 1}, "n": 1e-7, "deep": [[{}]]}') as never,
          config: null,
          timeout_ms: null,
          db_path: '/data/spine.db',
          force: true,
        });
        const text = ({ key, ...rest }: JobSpec): string => JSON.stringify({ key, ...rest });
        const [job] = await first.submit([newJob('x', { spec })]);
        const kept = await second.get(job?.id ?? '');
        expect(kept && text(kept.spec)).toBe(text(spec));
      }),
    );

    it(
      'accepts many at once in their order, and none as well',
      withQueue(async ({ first, second }) => {
        expect(await first.submit([])).toEqual([]);
        const jobs = await first.submit(Array.from({ length: 100 }, (_, n) => newJob(`j${n}`)));
        expect(jobs.map(({ spec }) => spec.run_id)).toEqual(jobs.map((_, n) => `run-j${n}`));
        const ids = jobs.map(({ id }) => id);
        expect(ids).toEqual([...new Set(ids)].sort());
        expect((await second.counts()).pending).toBe(100);
      }),
    );

    it(
      'gives ids that ascend over processes, also when the wall clock stands still, leaps or falls back',
      withQueue(async ({ first, second, clock }) => {
        const ids: string[] = [];
        for (const step of [0, 0, 1, -86_400_000, 5, 400 * 86_400_000, -1, -300 * 86_400_000]) {
          clock.jump(step);
          for (const store of [first, second, first])
            ids.push(...(await store.submit([newJob('a'), newJob('b')])).map(({ id }) => id));
        }
        expect(ids.every((id) => uuidV7.test(id))).toBe(true);
        expect(ids).toEqual([...new Set(ids)].sort());
      }),
    );

    it(
      'ends a hit at its birth: done, cached, in the history, never claimed',
      withQueue(async ({ first, second, clock }) => {
        const hit = resultOf('a');
        const [job] = await first.submit([newJob('a', { hit })]);
        const at = clock.now().toISOString();
        expect(job).toMatchObject({ state: 'done', cached: true, result: hit, attempts: 0 });
        expect(job).toMatchObject({ started_at: null, finished_at: at });
        expect(await second.history('a.mp3', 10)).toEqual([
          { ...hit, track_id: 'a.mp3', job_id: job?.id, at },
        ]);
        expect(await second.claim(scopeOf(owner(1)), 10)).toEqual([]);
        expect((await second.events(0, 10)).map(({ type }) => type)).toEqual(['submitted', 'done']);
      }),
    );
  });

  describe('list and counts', () => {
    it(
      'lists the newest first, by state, by track, and page by page',
      withQueue(async ({ first, second }) => {
        const jobs = await first.submit(['a', 'b', 'c', 'd', 'e'].map((name) => newJob(name)));
        const [a, b, c, d, e] = jobs.map(({ id }) => id);
        await first.cancel(b ?? '');
        await first.submit([newJob('f', { hit: resultOf('f') })]);
        const ids = async (filter: Parameters<typeof second.list>[0]) =>
          (await second.list(filter)).map(({ id }) => id);
        expect((await ids({ limit: 10 })).slice(1)).toEqual([e, d, c, b, a]);
        expect(await ids({ limit: 2, before: d ?? '' })).toEqual([c, b]);
        expect(await ids({ limit: 10, states: ['canceled'] })).toEqual([b]);
        expect(await ids({ limit: 3, states: ['pending', 'canceled'], before: e ?? '' })).toEqual([
          d,
          c,
          b,
        ]);
        expect(await ids({ limit: 10, states: [] })).toEqual([]);
        expect(await ids({ limit: 10, track_id: 'c.mp3' })).toEqual([c]);
        expect(await ids({ limit: 10, track_id: 'c.mp3', states: ['done', 'error'] })).toEqual([]);
        expect(await ids({ limit: 10, before: a ?? '' })).toEqual([]);
        expect(await ids({ limit: 10, from: b ?? '', before: d ?? '' })).toEqual([c, b]);
        expect(await ids({ limit: 10, from: '00000000', track_id: 'c.mp3' })).toEqual([c]);
        expect(await ids({ limit: 10, from: d ?? '', states: ['pending'] })).toEqual([e, d]);
        expect(await ids({ limit: 10, from: 'ffffffff' })).toEqual([]);
      }),
    );

    it(
      'gives of each job what searches and counts need, and the same jobs as the list',
      withQueue(async ({ first, second }) => {
        const spec = { runner: 'program:x', force: true };
        await first.submit([newJob('a', { spec }), newJob('b')]);
        const [running] = await first.claim(scopeOf(owner(1)), 1);
        if (running === undefined) throw new Error('nothing was claimed');
        await first.settle(running, { state: 'done', result: resultOf('other'), cached: false });
        await first.submit([newJob('c', { hit: resultOf('c') })]);
        const all = await second.outlines({ limit: 10 });
        expect(all.map(({ id }) => id)).toEqual(
          (await second.list({ limit: 10 })).map(({ id }) => id),
        );
        const at = expect.stringMatching(/^\d{4}-.*Z$/) as string;
        const common = { submitted_at: at, runner: 'historical-echo', force: false, cached: false };
        expect(all).toEqual([
          {
            ...{ ...common, id: all[0]?.id, key: keyOf('c'), track_id: 'c.mp3', state: 'done' },
            ...{ input_path: '/music/c.json', started_at: null, finished_at: at, cached: true },
          },
          {
            ...{ ...common, id: all[1]?.id, key: keyOf('b'), track_id: 'b.mp3', state: 'pending' },
            ...{ input_path: '/music/b.json', started_at: null, finished_at: null },
          },
          {
            ...{ ...common, id: running.id, key: keyOf('other'), track_id: 'a.mp3', state: 'done' },
            ...{ input_path: '/music/a.json', started_at: at, finished_at: at, ...spec },
          },
        ]);
        const ids = async (filter: Parameters<typeof second.outlines>[0]) =>
          (await second.outlines(filter)).map(({ id }) => id);
        expect(await ids({ limit: 1, states: ['done'] })).toEqual([all[0]?.id]);
        expect(await ids({ limit: 9, track_id: 'b.mp3' })).toEqual([all[1]?.id]);
        expect(await ids({ limit: 9, before: all[1]?.id ?? '' })).toEqual([running.id]);
      }),
    );

    it(
      'counts every state as it changes',
      withQueue(async ({ first, second }) => {
        await first.submit(['a', 'b', 'c'].map((name) => newJob(name)));
        await first.submit([newJob('d', { hit: resultOf('d') })]);
        const [job] = await second.claim(scopeOf(owner(1)), 1);
        const counts = { pending: 2, running: 1, done: 1, error: 0, canceled: 0 };
        expect(await first.counts()).toEqual(counts);
        if (job === undefined) throw new Error('nothing was claimed');
        await second.settle(job, { state: 'canceled' });
        expect(await first.counts()).toEqual({ ...counts, running: 0, canceled: 1 });
      }),
    );
  });
}
