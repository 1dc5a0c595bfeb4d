import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import type { LocalBroker } from '../../../src/core/engine/local-broker.ts';
import type { BrokerOnRootOptions } from '../../../src/compose/stores/broker-on-root.ts';
import { startServer, type RunningServer } from '../../../src/http/server/server.ts';
import { listening, type TestServing } from '../../helpers/listening.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

/** What a daemon of the tests says of itself. */
export const traits = {
  version: 'test',
  runner: 'historical-echo',
  artifact_name: 'artifact.json',
  manifest_name: 'manifest.json',
};

/** A real server on a free port, before a real broker on a root of its own. */
export interface TestDaemon {
  readonly local: LocalBroker;
  readonly runner: ScriptedRunner;
  readonly url: string;
  /** Ends the server, and starts another at the same address. */
  restart(): Promise<void>;
  /** Ends the server alone. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function testDaemon(
  serving: TestServing = {},
  working: Partial<BrokerOnRootOptions> = {},
): Promise<TestDaemon> {
  const runner = new ScriptedRunner();
  const local = scriptedBroker(await tempDir(), runner, working);
  const start = (port: number): Promise<RunningServer> =>
    startServer({ ...listening(serving), port, broker: local, version: 'test' });
  let server = await start(0);
  const url = server.address;
  return {
    local,
    runner,
    url,
    restart: async () => {
      await server.close(0);
      server = await start(Number(new URL(url).port));
    },
    stop: () => server.close(0),
    close: async () => {
      await server.close(0);
      await local.close();
    },
  };
}
