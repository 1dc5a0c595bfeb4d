import type { BrokerOnRootOptions } from '../../src/compose/stores/broker-on-root.ts';
import { scriptedOptions } from '../helpers/scripted-broker.ts';
import type { ScriptedRunner } from '../helpers/scripted-runner.ts';

/** Room for a burst of files. */
export const brokerOptions = (root: string, runner: ScriptedRunner): BrokerOnRootOptions =>
  scriptedOptions(root, runner, { concurrency: 8, queueLimit: 100_000 });
