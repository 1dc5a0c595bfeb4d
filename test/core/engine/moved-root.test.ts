/** A root that lies elsewhere than when its jobs were accepted: moved, or restored from a backup. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CabError } from '../../../src/core/model/errors.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

it('runs a job whose input was sent, with the input that moved along', async () => {
  const dir = await tempDir();
  const old = scriptedBroker(join(dir, 'old'), new ScriptedRunner(), { work: 'none' });
  const { job_id } = await old.submit({ features_text: '{"n":1}', track_id: 'song' });
  await old.close();
  await rename(join(dir, 'old'), join(dir, 'new'));

  const broker = scriptedBroker(join(dir, 'new'), new ScriptedRunner(), { work: 'all' });
  await broker.start();
  expect(await broker.wait(job_id)).toMatchObject({ status: 'done', error: null });
  expect(await broker.pointer('song')).toMatchObject({ track_id: 'song' });
  await broker.close();
});

it('retries a job whose input was sent', async () => {
  const dir = await tempDir();
  const failing = new ScriptedRunner();
  failing.behave = () => Promise.reject(new CabError('axes_missing', 'not today'));
  const old = scriptedBroker(join(dir, 'old'), failing);
  const { job_id } = await old.submit({ features_text: '{"n":1}' });
  expect(await old.wait(job_id)).toMatchObject({ status: 'error' });
  await old.close();
  await rename(join(dir, 'old'), join(dir, 'new'));

  const broker = scriptedBroker(join(dir, 'new'), new ScriptedRunner());
  const again = await broker.retry(job_id);
  expect(await broker.wait(again.job_id)).toMatchObject({ status: 'done', error: null });
  await broker.close();
});
