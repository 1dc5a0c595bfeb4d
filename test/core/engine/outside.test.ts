import { expect, it, onTestFinished } from 'vitest';
import { CabError } from '../../../src/core/model/errors.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

it('tries a job again twice, unasked, after what happened to it, and not after what it did itself', async () => {
  const happens: (() => void)[] = [
    () => {
      throw Object.assign(new Error('write'), { code: 'ENOSPC' });
    },
    () => {
      throw new CabError('runner_killed', 'was ended by SIGKILL');
    },
  ];
  const runner = new ScriptedRunner();
  runner.behave = ({ run_id }) => {
    if (run_id === 'own') throw new CabError('runner_failed', 'of itself');
    happens.shift()?.();
    return undefined;
  };
  const broker = scriptedBroker(await tempDir(), runner, { maxAttempts: 1 });
  onTestFinished(() => broker.close());
  const [own, outside] = [
    await broker.submit({ features_text: '1', run_id: 'own' }),
    await broker.submit({ features_text: '2', run_id: 'outside' }),
  ];
  expect(await broker.wait(own.job_id)).toMatchObject({ status: 'error', attempts: 1 });
  expect(await broker.wait(outside.job_id)).toMatchObject({ status: 'done', attempts: 3 });
});
