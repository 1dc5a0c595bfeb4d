import { describe, expect, it } from 'vitest';
import type { JobQuery } from '../../../src/core/engine/broker.ts';
import { CabError } from '../../../src/core/model/errors.ts';
import type { JobDocument } from '../../../src/core/model/job/job-document.ts';
import type { SubmitRequest } from '../../../src/core/model/request/submit-request.ts';
import { until } from '../../helpers/until.ts';
import type { BrokerScene } from '../broker.ts';

export function describePastJobs(scene: BrokerScene): void {
  describe('questions about jobs on record', () => {
    it('jobs by their facets, and how many there are of each', async () => {
      const songs = [await scene.run('{"n":1}', { track_id: 'a' })];
      const began = new Date().toISOString();
      await until(async () => new Date().toISOString() > began);
      // An id is made before its job is submitted, and its time counts.
      const between = new Date().toISOString();
      scene.runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
      const other = await scene.features('{"n":2}', 'Ballad in C.json');
      const { job_id } = await scene.broker.submit({ features_path: other, track_id: 'b' });
      songs.push(await scene.broker.wait(job_id));
      const [song, ballad] = songs;
      if (song === undefined || ballad === undefined) throw new Error('no job was made');
      const found = async (query: JobQuery) =>
        (await scene.broker.jobs(query)).jobs.map(({ job_id: id }) => id);
      for (const text of [song.job_id, song.job_id.toUpperCase(), song.source_hash.slice(0, 9)])
        expect(await found({ text }), text).toEqual([song.job_id]);
      expect(await found({ text: 'LAD in' })).toEqual([ballad.job_id]);
      expect(await found({ text: 'ong.js', status: 'error' })).toEqual([]);
      expect(await found({ runner: song.runner })).toEqual([ballad.job_id, song.job_id]);
      expect(await found({ runner: 'another' })).toEqual([]);
      expect(await found({ until: between })).toEqual([song.job_id]);
      expect(await found({ since: between })).toEqual([ballad.job_id]);
      expect(await found({ since: song.submitted_at, until: began, track: 'b' })).toEqual([]);
      const first = await scene.broker.jobs({ text: '.json', limit: 1 });
      expect(first).toMatchObject({ jobs: [{ job_id }], next: job_id });
      expect(await found({ text: '.json', cursor: first.next ?? '' })).toEqual([song.job_id]);
      const { runner } = song;
      expect(await scene.broker.facets()).toEqual({
        counts: { pending: 0, running: 0, done: 1, error: 1, canceled: 0 },
        runners: [{ runner, name: runner, jobs: 2 }],
        tracks: expect.arrayContaining([
          { track_id: 'a', jobs: 1 },
          { track_id: 'b', jobs: 1 },
        ]) as unknown,
        searched: 2,
        whole: true,
      });
      expect(await scene.broker.facets({ text: 'ballad' })).toMatchObject({
        counts: { done: 0, error: 1 },
        tracks: [{ track_id: 'b', jobs: 1 }],
      });
      for (const facets of [{ since: 'yesterday' }, { until: '2026-11-29' }, { text: '' }])
        await expect(scene.broker.jobs(facets)).rejects.toMatchObject({ code: 'invalid_request' });
    });

    it('what hits saved, by runner and by day, and why the other jobs ran', async () => {
      const since = new Date(0).toISOString();
      scene.runner.behave = async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return undefined;
      };
      await scene.run('{"n":1}');
      await scene.run('{"n":1}');
      await scene.run('{"n":1}', { probe: { top_k: 3 } });
      const { runner, submitted_at } = await scene.run('{"n":1}', { force: true });
      scene.runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
      await scene.run('{"n":2}');
      await scene.run('{"n":2}');
      const stats = await scene.broker.stats(since);
      const tally = { hits: 1, computed: 3, failed: 2 };
      const misses = { forced: 1, new_input: 2, new_configuration: 1, failed_before: 1 };
      expect(stats).toMatchObject({
        ...{ since, total: tally, runners: { [runner]: tally }, whole: true },
        days: { [submitted_at.slice(0, 10)]: {} },
        misses: { ...misses, entry_gone: 0 },
      });
      expect(stats.total.saved_ms).toBeGreaterThan(0);
      expect(stats.total.made_bytes).toBeGreaterThan(0);
      expect(await scene.broker.stats('2100-01-01T00:00:00Z')).toMatchObject({
        ...{ total: { hits: 0, computed: 0, failed: 0 }, runners: {}, days: {} },
      });
      await expect(scene.broker.stats('soon')).rejects.toMatchObject({ code: 'invalid_request' });
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(scene.broker.stats(since, { signal })).rejects.toThrow('enough');
    });

    it('why a job ran, what came closest before it, and how to submit it again', async () => {
      const features_path = await scene.features('{"n":1}');
      const submit = async (more: Partial<SubmitRequest>): Promise<JobDocument> =>
        scene.broker.wait((await scene.broker.submit({ features_path, ...more })).job_id);
      const first = await submit({ track_id: 'a', probe: { top_k: 1, near: [1, 2] } });
      const second = await submit({
        track_id: 'a',
        probe: { top_k: 2, near: [1, 2] },
        priority: 4,
      });
      await submit({ track_id: 'a', probe: { top_k: 3, near: [1, 2] } });
      const hit = await submit({ probe: { top_k: 2, near: [1, 2] } });
      const explained = ({ job_id }: JobDocument) => scene.broker.explainJob(job_id);
      expect(await explained(first)).toMatchObject({
        ...{ job_id: first.job_id, reason: 'new_input', closest: null, partial: false },
        key: { config_hash: first.config_hash, source_hash: first.source_hash },
      });
      const { config_hash, source_hash } = first;
      expect(await explained(second)).toMatchObject({
        ...{ reason: 'new_configuration', config: { probe: { top_k: 2 } } },
        closest: {
          key: { config_hash, source_hash },
          created_at: expect.stringMatching(/^\d{4}-/) as string,
          differences: [{ field: 'probe.top_k', wanted: 2, found: 1 }],
        },
      });
      const { request, kept } = await explained(second);
      expect(request).toEqual({
        ...{ features_path, track_id: 'a', probe: { top_k: 2, near: [1, 2] }, priority: 4 },
      });
      expect(kept).toBe(false);
      const repeated = await submit(request ?? {});
      expect(repeated).toMatchObject({ cached: true, config_hash: second.config_hash });
      expect(await explained(hit)).toMatchObject({ reason: null });
      const forced = await submit({ probe: { top_k: 2, near: [1, 2] }, force: true });
      expect(await explained(forced)).toMatchObject({ reason: 'forced', request: { force: true } });
      const sent = await scene.broker.submit({ features_text: '{"n":2}', untracked: true });
      const again = await explained(await scene.broker.wait(sent.job_id));
      expect(again).toMatchObject({ kept: true, request: { untracked: true } });
      expect(again.request).not.toHaveProperty('features_path');
      scene.runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
      const failed = await scene.run('{"n":3}');
      expect(await explained(failed)).toMatchObject({ reason: 'new_input' });
      const retried = await scene.broker.wait((await scene.broker.retry(failed.job_id)).job_id);
      expect(await explained(retried)).toMatchObject({ reason: 'failed_before' });
      await expect(scene.broker.explainJob('nothing')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('no job and no count where there is no job', async () => {
      expect(await scene.broker.jobs({ text: 'a' })).toEqual({ jobs: [], next: null });
      expect(await scene.broker.facets()).toMatchObject({
        ...{ runners: [], tracks: [], searched: 0, whole: true },
      });
    });
  });
}
