import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { LocalBroker } from '../../../../../src/core/engine/local-broker.ts';
import { scriptedBroker } from '../../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

let runner: ScriptedRunner;
let broker: LocalBroker;

beforeEach(async () => {
  runner = new ScriptedRunner();
  runner.volatileFields = ['at', 'run'];
  broker = scriptedBroker(await tempDir(), runner);
  onTestFinished(() => broker.close());
});

async function again(text: string) {
  runner.text = text;
  const { job_id } = await broker.submit({ features_text: '{}', force: true });
  return broker.wait(job_id);
}

const standing = '{"at":1,"songs":["a"],"run":"x"}';

it.each([
  ['the same bytes', standing],
  ['another value of a field that differs from run to run', '{"at":2,"songs":["a"],"run":"y"}'],
  ['without such a field', '{"at":2,"songs":["a"]}'],
])('takes a runner that gives %s for one that reproduces', async (_what, text) => {
  await again(standing);
  expect(await again(text)).toMatchObject({ status: 'done', cached: false });
});

it.each([
  ['another value of any other field', '{"at":1,"songs":["b"],"run":"x"}'],
  ['a field more', '{"at":1,"songs":["a"],"run":"x","more":1}'],
  ['such a field deeper within', '{"at":1,"songs":["a",{"at":2}],"run":"x"}'],
  ['no JSON', 'songs: a'],
  ['a list', '[]'],
])('takes a runner that gives %s for one that does not', async (_what, text) => {
  await again(standing);
  expect(await again(text)).toMatchObject({
    ...{ status: 'error', problem: { code: 'not_reproducible' } },
  });
});

it('never changes what stands', async () => {
  const first = await again(standing);
  const second = await again('{"at":2,"songs":["a"],"run":"y"}');
  expect(second.result).toMatchObject({ etag: first.result?.etag });
});
