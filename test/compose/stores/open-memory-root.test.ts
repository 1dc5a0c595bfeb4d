import { openMemoryRoot } from '../../../src/compose/stores/open-memory-root.ts';
import { LocalBroker } from '../../../src/core/engine/local-broker.ts';
import { MemoryRoot } from '../../../src/stores/memory/memory-root.ts';
import { describeBroker } from '../../contract/broker.ts';
import { scriptedOptions } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeBroker('LocalBroker on stores in memory', async () => {
  const runner = new ScriptedRunner();
  const directory = await tempDir();
  const stores = openMemoryRoot({ root: new MemoryRoot(), directory });
  const broker = new LocalBroker({ ...scriptedOptions(directory, runner), stores });
  return { broker, runner, close: () => broker.close() };
});
