import { afterEach, expect, it } from 'vitest';
import { brokerOnRoot } from '../../../../src/compose/stores/broker-on-root.ts';
import { openRoot } from '../../../../src/compose/stores/open-root.ts';
import type { Publisher } from '../../../../src/core/engine/attempt/outcome/publisher.ts';
import type { LocalBroker } from '../../../../src/core/engine/local-broker.ts';
import { CabError } from '../../../../src/core/model/errors.ts';
import { scriptedOptions } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { until } from '../../../helpers/until.ts';

const brokers: LocalBroker[] = [];
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close();
});

/** A broker whose results cannot be kept as long as `isAway`. */
async function cutOff(work: 'all' | 'own') {
  const runner = new ScriptedRunner();
  const outage = { isAway: true, publications: 0, probes: 0 };
  const refuse = (): void => {
    if (outage.isAway) throw new CabError('store_unreachable', 'the store cannot be reached');
  };
  const publisher = (here: Publisher): Publisher => ({
    gather: (run, signal) => here.gather(run, signal),
    publish: async (staged, signal) => {
      outage.publications += 1;
      refuse();
      return here.publish(staged, signal);
    },
    publishLight: (entry) => here.publishLight(entry),
    flushLight: (keys) => here.flushLight(keys),
    flushAll: () => here.flushAll(),
    close: () => here.close(),
  });
  const more = { work, publisher, retries: { delayMs: 1 } };
  const options = scriptedOptions(await tempDir(), runner, more);
  const probe = {
    assertWritable: async (): Promise<void> => {
      outage.probes += 1;
      refuse();
    },
  };
  const stores = { ...openRoot(options), probe };
  const broker = brokerOnRoot(options, { stores, exchange: undefined });
  brokers.push(broker);
  return { broker, outage };
}

it('is waited for by a daemon: its jobs stay in the queue, and none uses up its attempts', async () => {
  const { broker, outage } = await cutOff('all');
  const submit = async (n: number): Promise<string> =>
    (await broker.submit({ features_text: `${n}` })).job_id;
  const ids = [await submit(0)];
  // Each submission wakes the worker, which asks the store before it takes a job.
  const askedMoreThan = (probes: number) => async (): Promise<boolean> => {
    ids.push(await submit(ids.length));
    return outage.probes > probes && (await broker.counts()).running === 0;
  };
  await until(askedMoreThan(1));
  // A job may have been taken while the first was on its way to the store.
  const tried = outage.publications;
  await until(askedMoreThan(outage.probes + 3));
  expect(outage.publications).toBe(tried);
  expect(await broker.counts()).toMatchObject({ pending: ids.length, error: 0 });
  outage.isAway = false;
  await submit(ids.length);
  for (const id of ids) expect(await broker.wait(id)).toMatchObject({ status: 'done' });
});

it('is told by a command, after the tries of any failure from outside', async () => {
  const { broker, outage } = await cutOff('own');
  const { job_id } = await broker.submit({ features_text: '1' });
  expect(await broker.wait(job_id)).toMatchObject({
    status: 'error',
    problem: { code: 'store_unreachable' },
  });
  expect(outage.publications).toBe(3);
  expect(outage.probes).toBe(0);
});
