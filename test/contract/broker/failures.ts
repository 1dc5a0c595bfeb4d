import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CabError } from '../../../src/core/model/errors.ts';
import type { SubmitRequest } from '../../../src/core/model/request/submit-request.ts';
import type { BrokerScene } from '../broker.ts';

export function describeFailures(scene: BrokerScene): void {
  describe('failures', () => {
    it('end the job with the code, the message and what the runner knew', async () => {
      scene.runner.behave = () =>
        Promise.reject(
          new CabError('runner_failed', 'scripted: exit code 7', {
            details: { exit_code: 7, core: false },
          }),
        );
      const job = await scene.run('{}', { track_id: 'failed' });
      expect(job).toMatchObject({
        status: 'error',
        error: 'scripted: exit code 7',
        result: null,
        problem: { code: 'runner_failed', details: { exit_code: 7, core: false } },
      });
      await expect(scene.broker.pointer('failed')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('that running again can mend are retried, up to the limit', async () => {
      scene.runner.behave = () =>
        scene.runner.calls < 2
          ? Promise.reject(new CabError('runner_failed', 'not yet'))
          : undefined;
      expect(await scene.run('{}', { max_attempts: 3 })).toMatchObject({
        status: 'done',
        attempts: 2,
      });
    });

    it("that are the input's are not retried", async () => {
      scene.runner.behave = () => Promise.reject(new CabError('axes_missing', 'no tempo'));
      expect(await scene.run('{}', { max_attempts: 5 })).toMatchObject({
        status: 'error',
        attempts: 1,
      });
    });

    it('that nobody foresaw are told as defects, and leave the broker working', async () => {
      scene.runner.behave = () => Promise.reject(new TypeError('oops'));
      expect(await scene.run('{}')).toMatchObject({
        status: 'error',
        problem: { code: 'internal' },
      });
      scene.runner.behave = () => undefined;
      expect(await scene.run('{"next":1}')).toMatchObject({ status: 'done' });
    });

    it('to answer a file that is there end the job', async () => {
      scene.runner.behave = () =>
        Promise.resolve({ artifact: '/no/such/artifact', manifest: null });
      expect(await scene.run('{}')).toMatchObject({
        status: 'error',
        problem: { code: 'runner_result_invalid' },
      });
    });

    it('by running too long end as timeout', async () => {
      scene.runner.behave = scene.runner.untilAborted;
      expect(await scene.run('{}', { timeout_s: 0.05 })).toMatchObject({
        status: 'error',
        problem: { code: 'timeout' },
      });
    });

    it('that are to have no track have none, also when they are retried', async () => {
      scene.runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
      const failed = await scene.run('{}', { untracked: true });
      scene.runner.behave = () => undefined;
      const retried = await scene.broker.wait((await scene.broker.retry(failed.job_id)).job_id);
      expect([failed, retried]).toMatchObject([
        { status: 'error', track_id: null },
        { status: 'done', track_id: null },
      ]);
      expect((await scene.broker.tracks()).tracks).toEqual([]);
    });

    it('can be retried by hand under a new id', async () => {
      scene.runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
      const failed = await scene.run('{}', { track_id: 'again', priority: 5 });
      scene.runner.behave = () => undefined;
      const retried = await scene.broker.wait((await scene.broker.retry(failed.job_id)).job_id);
      expect(retried).toMatchObject({ status: 'done', track_id: 'again', priority: 5 });
      expect(retried.job_id > failed.job_id).toBe(true);
      await expect(scene.broker.retry(retried.job_id)).rejects.toMatchObject({
        code: 'not_retryable',
        details: { job_id: retried.job_id, status: 'done' },
      });
    });

    it.each<[string, Partial<SubmitRequest>]>([
      ['text', { features_text: '{"sent":1}' }],
      ['bytes', { features_bytes: Buffer.from('{"sent":1}') }],
    ])('of input that was sent as %s can be retried', async (_, sent) => {
      scene.runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
      const failed = await scene.broker.wait((await scene.broker.submit(sent)).job_id);
      expect(failed.status).toBe('error');
      scene.runner.behave = () => undefined;
      const retried = await scene.broker.wait((await scene.broker.retry(failed.job_id)).job_id);
      expect(retried).toMatchObject({ status: 'done', source_hash: failed.source_hash });
      expect(scene.runner.seen).toEqual(['{"sent":1}', '{"sent":1}']);
    });

    it('keep their key when they are retried: a digest of the database that was given is given again', async () => {
      const db_path = await scene.features('not a spine', 'some.db');
      scene.runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
      const given = await scene.run('{}', { db_path, db_hash: 'release-7' });
      const computed = await scene.run('{}', { db_path });
      scene.runner.behave = () => undefined;
      await writeFile(db_path, 'mended since');
      const [givenAgain, computedAgain] = [
        await scene.broker.retry(given.job_id),
        await scene.broker.retry(computed.job_id),
      ];
      expect(givenAgain.config_hash).toBe(given.config_hash);
      expect(computedAgain.config_hash).not.toBe(computed.config_hash);
    });

    it('of input that changed after it was accepted publish nothing', async () => {
      const path = await scene.features('{"v":1}', 'changing.json');
      scene.runner.behave = async () => {
        await writeFile(path, '{"v":2}');
        return undefined;
      };
      const job = await scene.broker.wait(
        (await scene.broker.submit({ features_path: path, track_id: 'c' })).job_id,
      );
      expect(job).toMatchObject({ status: 'error', problem: { code: 'input_changed' } });
      await expect(scene.broker.open(job)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('of input that was removed after it was accepted say so', async () => {
      const gate = scene.runner.hold();
      const first = await scene.start('{"first":1}');
      const path = await scene.features('{"gone":1}', 'gone.json');
      const second = await scene.broker.submit({ features_path: path });
      await rm(path);
      gate.open();
      await scene.broker.wait(first.job_id);
      expect(await scene.broker.wait(second.job_id)).toMatchObject({
        status: 'error',
        problem: { code: 'input_not_found' },
      });
    });
  });

  describe('force', () => {
    it('runs again, and is content with equal bytes', async () => {
      await scene.run('{}');
      expect(await scene.run('{}', { force: true })).toMatchObject({
        status: 'done',
        cached: false,
      });
      expect(scene.runner.calls).toBe(2);
    });

    it('ends as not reproducible where the bytes differ, and keeps what stands', async () => {
      await scene.run('{}', { track_id: 'f' });
      scene.runner.text = 'something else';
      const forced = await scene.run('{}', { track_id: 'f', force: true });
      expect(forced).toMatchObject({ status: 'error', problem: { code: 'not_reproducible' } });
      expect(await scene.read('f')).toBe('computed from {}');
    });
  });
}
