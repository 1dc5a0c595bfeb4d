import { scriptedOptions } from './scripted-broker.ts';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { undoneAfterTest } from './clean-up.ts';
import type { Broker } from '../../src/core/engine/broker.ts';
import {
  brokerOnRoot,
  openSharedRoot,
  type BrokerOnRootOptions,
} from '../../src/compose/stores/broker-on-root.ts';
import { Intake } from '../../src/core/engine/exchange/intake.ts';
import type { UpstreamFigures } from '../../src/core/model/report/upstream-figures.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { jobSchema } from '../../src/http/wire/job-answer.ts';
import type { LocalBroker } from '../../src/core/engine/local-broker.ts';
import type { Workers } from '../../src/http/server/options.ts';
import { diskSpace } from '../../src/support/files/disk-space.ts';
import { startServer, type RunningServer } from '../../src/http/server/server.ts';
import { rootUpkeep } from '../../src/compose/upkeep/root-upkeep.ts';
import { fileNames } from './file-names.ts';
import { listening, type TestServing } from './listening.ts';
import { ScriptedRunner } from './scripted-runner.ts';
import { ownedTempDir } from './temp-dir.ts';

/** A server on a free port, a local broker behind it, and a runner that does what the test says. */
export interface Served {
  readonly url: string;
  readonly root: string;
  readonly broker: Broker;
  readonly runner: ScriptedRunner;
  /** What it shared with its upstreams; undefined if it has none. */
  readonly figures: () => UpstreamFigures | undefined;
  readonly server: RunningServer;
  /** The path of a new features file. */
  readonly features: (content: string, name?: string) => Promise<string>;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  readonly post: (
    path: string,
    body: unknown,
    headers?: Record<string, string>,
  ) => Promise<Response>;
  /** Submits, waits, and gives the job as it ended. */
  readonly run: (content: string, more?: Record<string, unknown>) => Promise<JobDocument>;
  close(): Promise<void>;
}

/** Closed and removed after the test. */
export async function served(
  options: TestServing = {},
  brokerOptions: Partial<BrokerOnRootOptions> = {},
): Promise<Served> {
  const made = await startServed(options, brokerOptions);
  undoneAfterTest(() => made.close());
  return made;
}

/** The caller closes it. */
export async function startServed(
  options: TestServing = {},
  brokerOptions: Partial<BrokerOnRootOptions> = {},
): Promise<Served> {
  const dir = await ownedTempDir();
  const root = join(dir.path, 'root');
  const runner = new ScriptedRunner();
  const all = scriptedOptions(root, runner, { concurrency: 2, ...brokerOptions });
  const opened = openSharedRoot(all);
  const { stores, exchange } = opened;
  const broker = brokerOnRoot(all, opened);
  const intake = new Intake({ ...stores, manifestName: all.manifestName, mostBytes: 1 << 20 });
  const server = await startServer({
    ...(exchange && { upstreamFigures: () => exchange.figures() }),
    ...{
      broker,
      intake,
      version: 'test',
      workers: workersOf(broker),
      disk: () => diskSpace(dir.path),
    },
    upkeep: rootUpkeep({ root, ...fileNames }, async () => ({ keepMs: 0, settleMs: 0 })),
    ...listening(options),
  });
  const url = server.address;
  const get = (path: string, headers = {}) => fetch(url + path, { headers, redirect: 'error' });
  const post = (path: string, body: unknown, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    url,
    root,
    broker,
    runner,
    figures: () => exchange?.figures(),
    server,
    get,
    post,
    features: async (content, name = 'song.json') => {
      const path = join(await mkdtemp(join(dir.path, 'input-')), name);
      await writeFile(path, content);
      return path;
    },
    run: async (content, more = {}) => {
      const answer = await post(
        '/echo/jobs',
        `{"features":${content},${JSON.stringify(more).slice(1)}`.replace(/,\}$/, '}'),
        { prefer: 'wait=30' },
      );
      return jobSchema.parse(await answer.json());
    },
    close: async () => {
      await server.close(5000);
      await intake.close();
      await broker.close();
      await dir.remove();
    },
  };
}

const workersOf = (broker: LocalBroker): Workers => ({
  concurrency: 2,
  get isPaused() {
    return broker.isPaused;
  },
  setPaused: (paused) => broker.setPaused(paused),
});
