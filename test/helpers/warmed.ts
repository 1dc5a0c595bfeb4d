import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../src/core/hashing/digest.ts';
import type { Served } from './served.ts';
import { until } from './until.ts';

/** Where an artifact lies that the daemon has in memory now. */
export async function warmed(daemon: Served, headers: Record<string, string> = {}) {
  const { config_hash, source_hash } = await submitted(daemon);
  const path = `/echo/${config_hash}/${source_hash}/historical_echo.json`;
  const file = join(daemon.root, path);
  await (await daemon.get(path, headers)).arrayBuffer();
  return { path, file, digest: sha256(await readFile(file)) };
}

async function submitted({ broker, features }: Served) {
  const features_path = await features('{"hot":true}');
  const { job_id } = await broker.submit({ features_path });
  return broker.wait(job_id);
}

/** Files that the daemon has answered with from memory. */
export async function fromMemory(
  daemon: Served,
  headers: Record<string, string> = {},
): Promise<number> {
  const text = await (await daemon.get('/metrics', headers)).text();
  return Number(/^cab_files_from_memory_total (\d+)/m.exec(text)?.[1]);
}

/** Asks until it is answered from memory: what was written a moment ago is read anew. */
export async function cachePointer(daemon: Served, path: string): Promise<void> {
  const count = async (): Promise<number> =>
    Number(
      /^cab_pointers_from_memory_total (\d+)/m.exec(
        await (await daemon.get('/metrics')).text(),
      )?.[1],
    );
  const before = await count();
  await until(async () => {
    await (await daemon.get(path)).text();
    return (await count()) > before;
  });
}
