import { describeBroker } from '../../contract/broker.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describeBroker('LocalBroker', async () => {
  const runner = new ScriptedRunner();
  const broker = scriptedBroker(await tempDir(), runner);
  return { broker, runner, close: () => broker.close() };
});
