import Sqlite from 'better-sqlite3';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { silentLogger } from '../../../src/support/logger.ts';
import {
  JobMetricsFeed,
  type EndedJob,
} from '../../../src/http/server/metrics/job-metrics-feed.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { until } from '../../helpers/until.ts';

it('counts each job once, however often the jobs could not be read before', async () => {
  const root = await tempDir();
  const accepting = scriptedBroker(root, new ScriptedRunner(), { work: 'none' });
  const { job_id } = await accepting.submit({ features_text: '1' });
  // A look at the newest does not meet the damage.
  for (const features_text of ['2', '3']) await accepting.submit({ features_text });
  const queue = new Sqlite(layoutOf(root).jobs);
  const spec = queue.prepare('SELECT spec FROM jobs WHERE id = ?').pluck().get(job_id);
  const damage = queue.prepare('UPDATE jobs SET spec = ? WHERE id = ?');
  damage.run('{}', job_id);

  let failures = 0;
  const watch = new JobMetricsFeed(accepting, {
    ...silentLogger,
    warn: () => void (failures += 1),
  });
  const ended: EndedJob[] = [];
  watch.onEnd((job) => ended.push(job));
  watch.start();
  await until(() => failures === 2);
  damage.run(spec, job_id);
  await until(() => watch.active().some(({ jobs }) => jobs === 3));

  const working = scriptedBroker(root, new ScriptedRunner(), { work: 'all' });
  await working.start();
  await working.idle();
  await until(() => ended.length >= 3);
  // Whoever else follows has heard of it by now.
  await delay(300);
  await watch.stop();
  expect(ended).toHaveLength(3);
  queue.close();
  await working.close();
  await accepting.close();
});
