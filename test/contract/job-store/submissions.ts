import { describe, expect, it } from 'vitest';
import type { JobSpec } from '../../../src/core/model/job/job.ts';
import { newJob, owner, resultOf, scopeOf, specOf } from '../../helpers/jobs.ts';
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
