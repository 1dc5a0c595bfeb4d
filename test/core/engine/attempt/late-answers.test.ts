/** A runner that does not reject when it is told to end, but answers as if nothing had been said. */
import { expect, it, onTestFinished } from 'vitest';
import type { SubmitRequest } from '../../../../src/core/model/request/submit-request.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { inspectTree } from '../../../helpers/tree.ts';
import { until } from '../../../helpers/until.ts';

async function late(request: SubmitRequest) {
  const root = await tempDir();
  const runner = new ScriptedRunner();
  let hears = false;
  runner.behave = (_, { signal }) => {
    hears = true;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
  };
  const broker = scriptedBroker(root, runner);
  onTestFinished(() => broker.close());
  const { job_id } = await broker.submit(request);
  // Not when the call begins: a cancellation before the listener is there would not be heard.
  await until(() => hears);
  return { root, broker, job_id };
}

it('that answers after its timeout has timed out, and nothing of it is published', async () => {
  const { root, broker, job_id } = await late({ features_text: '1', timeout_s: 0.2 });
  expect(await broker.wait(job_id)).toMatchObject({
    status: 'error',
    problem: { code: 'timeout' },
    result: null,
  });
  expect(await inspectTree(root)).toMatchObject({ entries: [], wrong: [], leftovers: [] });
});

it('that answers after its job was canceled is canceled, and nothing of it is published', async () => {
  const { root, broker, job_id } = await late({ features_text: '1' });
  await broker.cancel(job_id);
  expect(await broker.wait(job_id)).toMatchObject({ status: 'canceled', result: null });
  expect(await inspectTree(root)).toMatchObject({ entries: [], wrong: [], leftovers: [] });
});
