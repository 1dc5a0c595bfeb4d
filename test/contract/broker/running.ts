import { describe, expect, it } from 'vitest';
import type { BrokerScene } from '../broker.ts';

export function describeRunning(scene: BrokerScene): void {
  describe('while jobs run', () => {
    it('cancels a running one', async () => {
      scene.runner.behave = scene.runner.untilAborted;
      const job = await scene.start('{}');
      await scene.broker.cancel(job.job_id);
      expect(await scene.broker.wait(job.job_id)).toMatchObject({
        status: 'canceled',
        result: null,
      });
    });

    it('cancels a pending one at once', async () => {
      const gate = scene.runner.hold();
      const first = await scene.start('{"first":1}');
      const second = await scene.submit('{"second":1}');
      expect(await scene.broker.cancel(second.job_id)).toMatchObject({ status: 'canceled' });
      gate.open();
      await scene.broker.wait(first.job_id);
      expect(scene.runner.calls).toBe(1);
    });

    it('leaves an ended one as it is when canceled', async () => {
      const job = await scene.run('{}');
      expect(await scene.broker.cancel(job.job_id)).toMatchObject({ status: 'done' });
    });

    it('gives up waiting when the time is up, and the job goes on', async () => {
      const gate = scene.runner.hold();
      const job = await scene.submit('{}');
      await expect(scene.broker.wait(job.job_id, { timeoutMs: 20 })).rejects.toMatchObject({
        code: 'wait_timeout',
      });
      gate.open();
      expect(await scene.broker.wait(job.job_id)).toMatchObject({ status: 'done' });
    });

    it('runs higher priorities first, then in order of submission', async () => {
      const gate = scene.runner.hold();
      const first = await scene.start('{"n":0}');
      const jobs = [first];
      for (const [n, priority] of [0, 5, 0, 9].entries())
        jobs.push(await scene.submit(`{"n":${n + 1}}`, { priority }));
      gate.open();
      for (const { job_id } of jobs) await scene.broker.wait(job_id);
      expect(scene.runner.seen).toEqual(['{"n":0}', '{"n":4}', '{"n":2}', '{"n":1}', '{"n":3}']);
    });

    it('moves the pointer in the order of submission, not of finishing', async () => {
      const gate = scene.runner.hold();
      const blocking = await scene.start('{"v":"blocking"}');
      const older = await scene.submit('{"v":"older"}', { track_id: 'p' });
      const newest = await scene.submit('{"v":"newest"}', { track_id: 'p', priority: 3 });
      gate.open();
      for (const { job_id } of [blocking, older, newest]) await scene.broker.wait(job_id);
      expect(await scene.read('p')).toBe('computed from {"v":"newest"}');
      const history = await scene.broker.history('p');
      expect(history.map(({ job_id }) => job_id)).toEqual([newest.job_id, older.job_id]);
    });

    it('keeps the pointer of a later hit when an earlier job finishes after it', async () => {
      await scene.run('{"v":"standing"}');
      const gate = scene.runner.hold();
      const slow = await scene.submit('{"v":"slow"}', { track_id: 'q' });
      await scene.submit('{"v":"standing"}', { track_id: 'q' });
      gate.open();
      await scene.broker.wait(slow.job_id);
      expect(await scene.read('q')).toBe('computed from {"v":"standing"}');
    });
  });
}
