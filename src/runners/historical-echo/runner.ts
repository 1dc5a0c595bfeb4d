import type { Runner } from '../../core/engine/runner.ts';
import { acceptInput } from './accept.ts';
import { historicalEcho, volatileFields } from './descriptor.ts';
import { parseProbe } from './probe-arguments.ts';
import { ProbeThread } from './probe-thread.ts';

/** The built-in runner: the nearest songs of a spine on four axes. Nothing is started before the first `run`. */
export function historicalEchoRunner(): Runner {
  const thread = new ProbeThread();
  return {
    identify: async () => historicalEcho,
    configure: parseProbe,
    accept: acceptInput,
    database: 'required',
    volatileFields,
    run: (call, context) => thread.run(call, context),
    close: () => thread.close(),
  };
}
