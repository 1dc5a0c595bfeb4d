import { LocalBroker } from '../../src/core/local-broker.ts';
import { CabError } from '../../src/core/errors.ts';
import { describeBroker } from '../contract/broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

describeBroker('LocalBroker', async () => {
  const runner = new ScriptedRunner();
  const broker = new LocalBroker({
    root: await tempDir(),
    runner: 'object:scripted',
    objects: { scripted: runner },
    resolveRunner: (spec) => {
      throw new CabError('runner_not_found', spec);
    },
    artifactName: 'historical_echo.json',
    manifestName: 'manifest.json',
    work: 'own',
    concurrency: 1,
    leaseMs: 30_000,
    graceMs: 1000,
    timeoutMs: null,
    maxAttempts: 1,
    queueLimit: 1000,
    version: 'test',
  });
  return { broker, runner, close: () => broker.close() };
});
