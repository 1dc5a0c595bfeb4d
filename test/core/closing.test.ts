import { expect, it } from 'vitest';
import { scriptedBroker } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const submissions = 40;

it('leaves each submission that is under way when the broker closes accepted in the queue, or refused', async () => {
  const root = await tempDir();
  const runner = new ScriptedRunner();
  const broker = scriptedBroker(root, runner);
  const underWay = Array.from({ length: submissions }, (_, n) =>
    broker.submit({ features_text: `{"n":${n}}` }),
  );
  await broker.close();
  const ended = await Promise.allSettled(underWay);
  expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 'fulfilled'));
  await expect(broker.submit({ features_text: '{"n":"late"}' })).rejects.toMatchObject({
    code: 'canceled',
  });

  const next = scriptedBroker(root, runner);
  expect(await next.counts()).toMatchObject({ pending: submissions, running: 0, error: 0 });
  await next.idle();
  expect(await next.counts()).toMatchObject({ pending: 0, done: submissions, error: 0 });
  await next.close();
});
