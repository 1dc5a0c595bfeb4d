import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it, onTestFinished } from 'vitest';
import { isCabError } from '../../../src/core/model/errors.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

it('a wait ends when its time is up, also if garbage is collected meanwhile', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const runner = new ScriptedRunner();
  const gate = runner.hold();
  const broker = scriptedBroker(await tempDir(), runner);
  onTestFinished(() => broker.close());
  const { job_id } = await broker.submit({ features_text: '1' });
  const { signal } = new AbortController();
  const ended = broker.wait(job_id, { timeoutMs: 1000, signal }).then(
    () => 'the job ended',
    (error: unknown) => isCabError(error) && error.code,
  );
  for (let n = 0; n < 5; n += 1) {
    await delay(100);
    collectGarbage();
  }
  expect(await Promise.race([ended, delay(10_000, 'nobody was told')])).toBe('wait_timeout');
  gate.open();
});
