import { CabError } from '../../src/core/errors.ts';
import type { LocalBrokerOptions } from '../../src/core/local-broker.ts';
import type { ScriptedRunner } from '../helpers/scripted-runner.ts';

export const brokerOptions = (root: string, runner: ScriptedRunner): LocalBrokerOptions => ({
  root,
  runner: 'object:scripted',
  objects: { scripted: runner },
  resolveRunner: (spec) => {
    throw new CabError('runner_not_found', spec);
  },
  artifactName: 'historical_echo.json',
  manifestName: 'manifest.json',
  work: 'own',
  concurrency: 8,
  leaseMs: 30_000,
  graceMs: 1000,
  timeoutMs: null,
  maxAttempts: 1,
  queueLimit: 100_000,
  version: 'test',
});
