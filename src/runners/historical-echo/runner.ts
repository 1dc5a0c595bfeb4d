import type { Runner } from '../../core/ports/runner.ts';
import { SerialThread } from '../../support/thread/serial-thread.ts';
import { builtFile } from '../../support/thread/built-file.ts';
import { acceptInput, type FeaturesThread } from './accept.ts';
import { historicalEcho, volatileFields } from './descriptor.ts';
import { parseProbe } from './probe-arguments.ts';
import { ProbeThread } from './probe-thread.ts';

/** The built-in runner: the nearest songs of a spine on four axes. Nothing is started before the first `run`. */
export function historicalEchoRunner(): Runner {
  const thread = new ProbeThread();
  const large: FeaturesThread = new SerialThread(() =>
    builtFile('workers/historical-echo-accept.js'),
  );
  return {
    identify: async () => historicalEcho,
    configure: parseProbe,
    accept: (input) => acceptInput(input, large),
    database: 'required',
    volatileFields,
    run: (call, context) => thread.run(call, context),
    close: async () => {
      await Promise.all([thread.close(), large.close()]);
    },
  };
}
