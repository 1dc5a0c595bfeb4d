import Sqlite from 'better-sqlite3';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { smallDisk } from '../../../helpers/small-disk.ts';
import { ownedTempDir } from '../../../helpers/temp-dir.ts';
import { until } from '../../../helpers/until.ts';

it('stores the outcome of a job once its disk has room for it', async (test) => {
  const runner = new ScriptedRunner();
  const dir = await ownedTempDir();
  const disk = smallDisk(dir.path);
  onTestFinished(async () => {
    if (disk !== undefined) execFileSync('umount', ['-l', disk]);
    await dir.remove();
  });
  if (disk === undefined) return test.skip('a small file system cannot be mounted here');
  const onDisk = join(disk, 'tree');
  const accepting = scriptedBroker(onDisk, runner, { work: 'none' });
  const { job_id } = await accepting.submit({ features_text: '1' });
  await accepting.close();
  const jobs = new Sqlite(layoutOf(onDisk).jobs);
  onTestFinished(() => void jobs.close());
  // A disk that was full before would also keep the job from being claimed, and its result from being published.
  jobs.exec(`CREATE TABLE filler (bytes);
    CREATE TRIGGER large BEFORE UPDATE ON jobs WHEN NEW.state IN ('done', 'error')
    BEGIN INSERT INTO filler VALUES (zeroblob(9000000)); END`);
  const broker = scriptedBroker(onDisk, runner, { work: 'all', graceMs: 1 });
  await broker.start();
  await until(() => runner.calls === 1);
  await delay(300);
  expect(await broker.job(job_id)).toMatchObject({ status: 'running' });
  jobs.exec('DROP TRIGGER large');
  expect(await broker.wait(job_id)).toMatchObject({ status: 'done', attempts: 1 });
  expect(runner.calls).toBe(1);
  await broker.close();
});
