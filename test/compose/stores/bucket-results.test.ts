import { describe } from 'vitest';
import { brokerOnRoot, openSharedRoot } from '../../../src/compose/stores/broker-on-root.ts';
import { openBucketResults } from '../../../src/compose/stores/s3/bucket-results.ts';
import { describeBroker } from '../../contract/broker.ts';
import { freshStore, hasS3 } from '../../helpers/s3.ts';
import { scriptedOptions } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describe.skipIf(!hasS3)('in a bucket', () => {
  describeBroker('LocalBroker', async () => {
    const runner = new ScriptedRunner();
    const store = await freshStore();
    const options = { ...scriptedOptions(await tempDir(), runner), store };
    const results = await openBucketResults(options);
    const broker = brokerOnRoot(options, openSharedRoot(options, results));
    return { broker, runner, close: () => broker.close() };
  });
});
