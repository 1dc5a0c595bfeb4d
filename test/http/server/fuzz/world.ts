/** A daemon with artifacts of several sizes and a pointer, and a plain server beside it that has the same limits. */
import { readFile, writeFile } from 'node:fs/promises';
import { FsPointerStore } from '../../../../src/stores/local/fs-pointer-store.ts';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { sha256 } from '../../../../src/core/hashing/digest.ts';
import type { Limits } from '../../../../src/http/server/options.ts';
import { listening, type TestServing } from '../../../helpers/listening.ts';
import { pointerOf } from '../../../contract/pointer-store.ts';
import { startServed, type Served } from '../../../helpers/served.ts';
import { plainServer, type PlainServer } from './plain-server.ts';
import type { Targets } from './sequence.ts';

export interface World {
  readonly daemon: Served;
  readonly plain: PlainServer;
  readonly targets: Targets;
  close(): Promise<void>;
}

/** Bytes: from memory, from the disk at once, and streamed. */
const sizes = [1, 300, 40_000, 200_000, 1_200_000];

export async function startWorld(
  limits: Partial<Limits>,
  options: TestServing = {},
): Promise<World> {
  const daemon = await startServed({ ...options, limits });
  const plain = await plainServer(listening({ limits }).limits);
  const targets = await publish(daemon);
  return {
    daemon,
    plain,
    targets,
    close: async () => {
      await plain.close();
      await daemon.close();
    },
  };
}

async function publish(daemon: Served): Promise<Targets> {
  daemon.runner.behave = async (call) => {
    const n = /^\{"n":(\d)\}$/.exec(await readFile(call.features_path, 'utf8'))?.[1] ?? '';
    const size = sizes[Number(n || 'none')];
    if (size === undefined) return undefined;
    await writeFile(call.artifact_path, n.repeat(size));
    return { artifact: call.artifact_path, manifest: null };
  };
  const plain: string[] = [];
  const others = ['/echo/jobs', '/echo/jobs?limit=2', '/echo/index', '/healthz', '/metrics'];
  const jobs = await Promise.all([...sizes.keys()].map((n) => daemon.run(`{"n":${n}}`)));
  for (const job of jobs) {
    const entry = `/echo/${job.config_hash}/${job.source_hash}`;
    plain.push(`${entry}/historical_echo.json`, `${entry}/manifest.json`);
    const ofJob = `/echo/jobs/${job.job_id}`;
    others.push(entry, ofJob, `${ofJob}/log`, `${ofJob}/events`, `${ofJob}/retry`);
  }
  for (const n of [1, 2]) {
    await new FsPointerStore(layoutOf(daemon.root)).write(pointerOf(`pointer-${n}`, n));
    plain.push(`/echo/index/pointer-${n}.json`);
    others.push(`/echo/index/pointer-${n}/history.json`);
  }
  const asked = plain.map(async (path) => {
    const bytes = Buffer.from(await (await daemon.get(path)).arrayBuffer());
    return { path, digest: sha256(bytes) };
  });
  return { plain: await Promise.all(asked), others };
}
