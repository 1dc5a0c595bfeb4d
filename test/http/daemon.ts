import { LocalBroker, type LocalBrokerOptions } from '../../src/core/local-broker.ts';
import { CabError } from '../../src/core/errors.ts';
import type { ServerOptions } from '../../src/http/options.ts';
import { startServer, type RunningServer } from '../../src/http/server.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/** A real server on a free port, before a real broker on a root of its own. */
export interface TestDaemon {
  readonly local: LocalBroker;
  readonly runner: ScriptedRunner;
  readonly server: RunningServer;
  readonly root: string;
  close(): Promise<void>;
}

export async function testDaemon(
  options: Partial<LocalBrokerOptions> & Partial<ServerOptions> = {},
): Promise<TestDaemon> {
  const runner = new ScriptedRunner();
  const root = options.root ?? (await tempDir());
  const local = new LocalBroker({
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
    ...options,
    root,
    version: 'test',
  });
  const { logger: _core, ...serving } = options;
  const server = await startServer({ port: 0, ...serving, broker: local, version: 'test' });
  const close = async (): Promise<void> => {
    await server.close(0);
    await local.close();
  };
  return { local, runner, server, root, close };
}
