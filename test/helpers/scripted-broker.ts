import { CabError } from '../../src/core/model/errors.ts';
import { brokerOnRoot, type BrokerOnRootOptions } from '../../src/compose/stores/broker-on-root.ts';
import type { LocalBroker } from '../../src/core/engine/local-broker.ts';
import type { ScriptedRunner } from './scripted-runner.ts';

/** A broker that knows the scripted runner alone, and runs one job at a time where nothing else is said. */
export const scriptedBroker = (
  root: string,
  runner: ScriptedRunner,
  more: Partial<BrokerOnRootOptions> = {},
): LocalBroker => brokerOnRoot(scriptedOptions(root, runner, more));

export const scriptedOptions = (
  root: string,
  runner: ScriptedRunner,
  more: Partial<BrokerOnRootOptions> = {},
): BrokerOnRootOptions => ({
  root,
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
  ...more,
});
