import { describe } from 'vitest';
import { brokerOnRoot, openSharedRoot } from '../../../src/compose/stores/broker-on-root.ts';
import { resultsOf } from '../../../src/compose/stores/results-of.ts';
import type { StoreChoice } from '../../../src/compose/stores/store-choice.ts';
import { describeBroker } from '../../contract/broker.ts';
import { isLong } from '../../faults/rig/sizes.ts';
import { freshQueue, hasPostgres, servers } from '../../helpers/postgres.ts';
import { freshStore, hasS3 } from '../../helpers/s3.ts';
import { scriptedOptions } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const brokerWith = (at: string, store: () => Promise<StoreChoice | undefined>) => async () => {
  const runner = new ScriptedRunner();
  const queue = freshQueue(at);
  const options = {
    ...scriptedOptions(await tempDir(), runner),
    ...{ store: await store(), queue: { url: queue.url } },
  };
  const broker = brokerOnRoot(options, openSharedRoot(options, await resultsOf(options)));
  const close = async (): Promise<void> => {
    await broker.close();
    await queue.remove();
  };
  return { broker, runner, close };
};

/** In the long form also without a bucket, on the newest PostgreSQL; its job store has its suite in either form. */
describe.skipIf(!hasPostgres || !isLong)('with its jobs in a database', () => {
  const newest = servers.at(-1);
  describeBroker(
    `LocalBroker on PostgreSQL ${newest?.version}`,
    brokerWith(newest?.url ?? '', async () => undefined),
  );
});

describe.skipIf(!hasPostgres || !hasS3)('with nothing but its work on this machine', () => {
  const [first] = servers;
  describeBroker('LocalBroker', brokerWith(first?.url ?? '', freshStore));
});
