import { describe, expect, it } from 'vitest';
import { CabError } from '../../../src/core/model/errors.ts';
import type { BrokerScene } from '../broker.ts';

export function describeManyJobs(scene: BrokerScene): void {
  describe('many jobs together', () => {
    it('are canceled by their facets, after a count, the pending ones first', async () => {
      scene.runner.behave = scene.runner.untilAborted;
      const running = await scene.start('{"n":0}', { track_id: 'a' });
      const pending: string[] = [];
      for (let n = 1; n < 4; n++)
        pending.push((await scene.submit(`{"n":${n}}`, { track_id: 'a' })).job_id);
      const other = await scene.submit('{"n":9}', { track_id: 'b' });
      const which = { facets: { track: 'a' } };
      expect(await scene.broker.cancelMany({ ...which, dryRun: true, limit: 1 })).toEqual({
        ...{ dry_run: true, matched: 4, changed: 0, jobs: [], refused: [], next: null },
        whole: true,
      });
      for (const [status, matched] of [
        ['running', 1],
        ['pending', 3],
        ['error', 0],
      ] as const)
        expect(
          await scene.broker.cancelMany({ facets: { track: 'a', status }, dryRun: true }),
        ).toMatchObject({ matched });
      const first = await scene.broker.cancelMany({ ...which, limit: 2 });
      expect(first).toMatchObject({ dry_run: false, matched: 2, changed: 2, next: pending[1] });
      expect(first.jobs.toSorted()).toEqual(pending.slice(1));
      const rest = await scene.broker.cancelMany({ ...which, cursor: first.next ?? '' });
      expect(rest).toMatchObject({ matched: 2, changed: 2, refused: [], next: null });
      expect(rest.jobs.toSorted()).toEqual([running.job_id, pending[0]]);
      for (const id of [running.job_id, ...pending])
        expect((await scene.broker.wait(id)).status).toBe('canceled');
      expect(['pending', 'running']).toContain((await scene.broker.job(other.job_id)).status);
      const done = { facets: { status: 'done' as const } };
      expect(await scene.broker.cancelMany(done)).toMatchObject({ matched: 0, changed: 0 });
      expect((await scene.broker.cancelMany({})).jobs).toEqual([other.job_id]);
    });

    it('are changed by name, and one that cannot be is told with its code', async () => {
      const done = await scene.run('{"n":1}');
      const jobs = [done.job_id, 'nothing'];
      expect(await scene.broker.cancelMany({ jobs })).toMatchObject({
        ...{
          matched: 2,
          changed: 0,
          jobs: [],
          refused: [{ job_id: 'nothing', error: 'not_found' }],
        },
      });
      const { refused } = await scene.broker.retryMany({ jobs });
      expect(new Map(refused.map(({ job_id, error }) => [job_id, error]))).toEqual(
        new Map([
          [done.job_id, 'not_retryable'],
          ['nothing', 'not_found'],
        ]),
      );
      const both = { jobs, facets: { track: 'a' } };
      await expect(scene.broker.retryMany(both)).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('are submitted again, of each key and track the latest that failed and was not done since', async () => {
      scene.runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
      const features_path = await scene.features('{"n":1}');
      const submit = async (track_id: string) =>
        scene.broker.wait((await scene.broker.submit({ features_path, track_id })).job_id);
      await submit('a');
      const latest = await submit('a');
      const other = await submit('b');
      const mended = await scene.run('{"n":2}');
      scene.runner.behave = () => undefined;
      await scene.broker.wait((await scene.broker.retry(mended.job_id)).job_id);
      expect(await scene.broker.retryMany({ dryRun: true })).toMatchObject({ matched: 2 });
      const track = await scene.broker.retryMany({ facets: { track: 'b' }, dryRun: true });
      expect(track).toMatchObject({ matched: 1, changed: 0 });
      const first = await scene.broker.retryMany({ limit: 1 });
      expect(first).toMatchObject({ matched: 1, changed: 1, next: other.job_id });
      const rest = await scene.broker.retryMany({ cursor: first.next ?? '' });
      expect(rest).toMatchObject({ matched: 1, changed: 1, refused: [], next: null });
      const again = await scene.broker.wait(rest.jobs[0] ?? '');
      expect(again).toMatchObject({ status: 'done', track_id: 'a', features_path });
      expect(again.job_id > latest.job_id).toBe(true);
      expect(await scene.broker.retryMany({})).toMatchObject({ matched: 0, changed: 0 });
    });

    it('are submitted again also where they were canceled, if that is asked for', async () => {
      scene.runner.behave = scene.runner.untilAborted;
      const running = await scene.start('{"n":1}');
      const pending = await scene.submit('{"n":2}');
      await scene.broker.cancel(pending.job_id);
      expect(await scene.broker.retryMany({})).toMatchObject({ matched: 0 });
      const canceled = { facets: { status: 'canceled' as const } };
      expect(await scene.broker.retryMany(canceled)).toMatchObject({ matched: 1, changed: 1 });
      expect(await scene.broker.retryMany({ facets: { status: 'pending' } })).toMatchObject({
        ...{ matched: 0, changed: 0 },
      });
      await scene.broker.cancelMany({});
      await scene.broker.wait(running.job_id);
    });
  });
}
