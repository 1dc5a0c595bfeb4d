import { describe, expect, it } from 'vitest';
import type { BrokerScene } from '../broker.ts';

export function describeComputing(scene: BrokerScene): void {
  describe('from input to artifact', () => {
    it('runs a job, and gives its artifact by track and by key', async () => {
      const job = await scene.run('{"b":1,"a":2}', { track_id: 'foo' });
      expect(job).toMatchObject({
        status: 'done',
        cached: false,
        error: null,
        attempts: 1,
        track_id: 'foo',
      });
      expect(job.result?.etag).toMatch(/^[0-9a-f]{64}$/);
      expect(await scene.read('foo')).toBe('computed from {"b":1,"a":2}');
      const file = await scene.broker.open(
        { config_hash: job.config_hash, source_hash: job.source_hash },
        'historical_echo.json',
      );
      expect(file.etag).toBe(job.result?.etag);
      await file.close();
    });

    it('writes a manifest with digests, the configuration and what led there', async () => {
      const job = await scene.run('{}', { track_id: 'foo', run_id: 'my-run', probe: { n: 3 } });
      expect(await scene.broker.manifest(job)).toMatchObject({
        source_hash: job.source_hash,
        config_hash: job.config_hash,
        artifact: {
          path: 'historical_echo.json',
          sha256: job.result?.etag,
          etag: job.result?.etag,
          size: 16,
        },
        config: { probe: { n: 3 }, runner: { name: 'scripted' } },
        job_id: job.job_id,
        run_id: 'my-run',
        track_id: 'foo',
      });
    });

    it('computes equal work once, however the input is written', async () => {
      await scene.run('{"a":1,"b":[1.0]}', { track_id: 'one' });
      const again = await scene.submit('{ "b": [1.0], "a": 1 }', { track_id: 'two' });
      expect(again).toMatchObject({ status: 'done', cached: true });
      expect(scene.runner.calls).toBe(1);
      expect(await scene.broker.pointer('two')).toEqual({
        ...(await scene.broker.pointer('one')),
        track_id: 'two',
      });
    });

    it('computes once what is submitted many times at once', async () => {
      const path = await scene.features('{"same":true}');
      const jobs = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          scene.broker.submit({ features_path: path, track_id: `t${n}` }),
        ),
      );
      const ended = await Promise.all(jobs.map(({ job_id }) => scene.broker.wait(job_id)));
      expect(ended.every(({ status }) => status === 'done')).toBe(true);
      expect(ended.filter(({ cached }) => !cached)).toHaveLength(1);
      expect(scene.runner.calls).toBe(1);
    });

    it('takes the input itself in place of a path', async () => {
      const job = await scene.broker.wait(
        (await scene.broker.submit({ features_text: '{"sent":1}', track_id: 'sent' })).job_id,
      );
      expect(job.status).toBe('done');
      expect(await scene.read('sent')).toBe('computed from {"sent":1}');
    });

    it('names the track after the file where none is given', async () => {
      expect((await scene.run('{}')).track_id).toBe('song');
      expect((await scene.broker.pointer('song')).track_id).toBe('song');
    });

    it("takes the caller's config_hash verbatim", async () => {
      expect((await scene.run('{}', { config_hash: 'my.config-1' })).config_hash).toBe(
        'my.config-1',
      );
    });

    it('makes another key of another probe, and explains the miss', async () => {
      const first = await scene.run('{}', { probe: { n: 3, m: 1 } });
      const path = await scene.features('{}');
      expect(
        await scene.broker.explain({ features_path: path, probe: { m: 1, n: 3 } }),
      ).toMatchObject({
        hit: true,
        closest: null,
      });
      const miss = await scene.broker.explain({ features_path: path, probe: { n: 4, m: 1 } });
      expect(miss).toMatchObject({
        hit: false,
        closest: {
          key: { config_hash: first.config_hash },
          differences: [{ field: 'probe.n', wanted: 4, found: 3 }],
        },
      });
      expect(scene.runner.calls).toBe(1);
    });

    it('finds again what a runner published under a key of its own', async () => {
      scene.runner.publishUnder = { config_hash: 'own-config', source_hash: 'own-source' };
      const first = await scene.run('{"x":1}', { track_id: 'own' });
      expect(first).toMatchObject({ config_hash: 'own-config', source_hash: 'own-source' });
      expect(await scene.submit('{"x":1}')).toMatchObject({
        status: 'done',
        cached: true,
        config_hash: 'own-config',
      });
      expect(await scene.read('own')).toBe('computed from {"x":1}');
    });
  });
}
