import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../../src/core/model/job/job-event.ts';
import { until } from '../../helpers/until.ts';
import type { BrokerScene } from '../broker.ts';

export function describeClosing(scene: BrokerScene): void {
  describe('once it is closed', () => {
    const canceled = { name: 'CabError', code: 'canceled', message: 'the broker was closed' };

    it('refuses whatever is asked of jobs, by name', async () => {
      const { broker } = scene;
      const { job_id } = await scene.run('{}');
      await broker.close();
      const asked = {
        submit: () => broker.submit({ features_text: '{"late":1}' }),
        explain: () => broker.explain({ features_text: '{}' }),
        job: () => broker.job(job_id),
        jobs: () => broker.jobs(),
        counts: () => broker.counts(),
        wait: () => broker.wait(job_id),
        cancel: () => broker.cancel(job_id),
        retry: () => broker.retry(job_id),
        log: () => broker.log(job_id),
        events: () => broker.events()[Symbol.asyncIterator]().next(),
      };
      for (const [method, ask] of Object.entries(asked))
        await expect(ask(), method).rejects.toMatchObject(canceled);
    });

    it('leaves nobody waiting, or following events, without a word', async () => {
      scene.runner.behave = (_call, { signal }) => delay(1 << 30, undefined, { signal });
      const { broker } = scene;
      const { job_id } = await scene.start('{}');
      const heard: string[] = [];
      const follow = async (events: AsyncIterable<JobEvent>): Promise<void> => {
        for await (const { type } of events) heard.push(type);
      };
      const left = Promise.allSettled([
        broker.wait(job_id),
        follow(broker.events({ job_id })),
        follow(broker.events()),
      ]);
      await until(() => heard.filter((type) => type === 'started').length === 2);
      await broker.close();
      for (const end of await left)
        expect(end).toMatchObject({ status: 'rejected', reason: canceled });
    });
  });
}
