import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LocalBroker } from '../../src/core/engine/local-broker.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { startServer, type RunningServer } from '../../src/http/server/server.ts';
import { scriptedBroker } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { smallDisk } from '../helpers/small-disk.ts';
import { ownedTempDir, type TempDir } from '../helpers/temp-dir.ts';
import { listening } from '../helpers/listening.ts';

let dir: TempDir;
let disk: string | undefined;
let broker: LocalBroker | undefined;
let server: RunningServer | undefined;

beforeEach(async () => {
  dir = await ownedTempDir();
});
afterEach(async () => {
  await server?.close(1000);
  await broker?.close();
  if (disk !== undefined) execFileSync('umount', [disk]);
  await dir.remove();
  [disk, broker, server] = [undefined, undefined, undefined];
});

/** What the probe answers: the status, and the code of what hinders. */
async function serve(root: string, queueLimit: number) {
  const made = scriptedBroker(root, new ScriptedRunner(), { work: 'none', queueLimit });
  broker = made;
  const checkReady = () => made.checkReady();
  server = await startServer({ broker, checkReady, ...listening(), version: 'test' });
  const { address } = server;
  const probe = async (): Promise<[number, string | undefined]> => {
    const answer = await fetch(`${address}/readyz`);
    const { details } = (await answer.json()) as { details?: { error: string } };
    return [answer.status, details?.error];
  };
  let posted = 0;
  /** Submits another job each time, its input too large for the job's row. */
  const post = async (): Promise<[number, string | undefined]> => {
    posted += 1;
    const answer = await fetch(`${address}/echo/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ features: [posted, 'x'.repeat(300_000)] }),
    });
    return [answer.status, ((await answer.json()) as { error?: string | null }).error ?? undefined];
  };
  return { broker: made, probe, post };
}

describe('a probe of readiness', () => {
  it('tells that the queue is full, and that it has room again', async () => {
    const { broker, probe } = await serve(join(dir.path, 'tree'), 1);
    expect(await probe()).toEqual([200, undefined]);
    const { job_id } = await broker.submit({ features_text: '{}' });
    expect(await probe()).toEqual([503, 'queue_full']);
    await broker.cancel(job_id);
    expect(await probe()).toEqual([200, undefined]);
  });

  it('tells of a job store that is held by another, and of one that is gone', async () => {
    const root = join(dir.path, 'tree');
    const { probe } = await serve(root, 10);
    expect(await probe()).toEqual([200, undefined]);
    const file = layoutOf(root).jobs;
    const other = new Sqlite(file);
    other.exec('BEGIN IMMEDIATE');
    expect(await probe()).toEqual([503, 'queue_busy']);
    other.exec('ROLLBACK');
    other.close();
    expect(await probe()).toEqual([200, undefined]);
    await rm(file);
    expect(await probe()).toEqual([503, 'root_moved']);
  });

  it('tells of a root that was moved, of another in its place, and that it is back', async () => {
    const root = join(dir.path, 'tree');
    const { broker, probe, post } = await serve(root, 10);
    expect(await post()).toEqual([202, undefined]);
    await rename(root, `${root}.away`);
    expect(await probe()).toEqual([503, 'root_moved']);
    expect(await post()).toEqual([503, 'root_moved']);
    // Nor is half a root made in its place, into which the whole one would then be moved back.
    expect(existsSync(root)).toBe(false);
    const other = scriptedBroker(root, new ScriptedRunner(), { work: 'none' });
    await other.submit({ features_text: '{"of":"another"}' });
    expect(await probe()).toEqual([503, 'root_moved']);
    expect(await post()).toEqual([503, 'root_moved']);
    await other.close();
    await rm(root, { recursive: true });
    await rename(`${root}.away`, root);
    expect(await probe()).toEqual([200, undefined]);
    expect(await post()).toEqual([202, undefined]);
    expect((await broker.jobs()).jobs).toHaveLength(2);
  });

  it('writes to the disk once, and then looks alone', async () => {
    const root = join(dir.path, 'tree');
    const { probe } = await serve(root, 10);
    await probe();
    const { temporary, jobs } = layoutOf(root);
    const times = async () =>
      Promise.all(
        [temporary, jobs, `${jobs}-wal`].map(
          async (path) => (await stat(path, { bigint: true })).mtimeNs,
        ),
      );
    const before = await times();
    for (let n = 0; n < 20; n += 1) expect(await probe()).toEqual([200, undefined]);
    expect(await times()).toEqual(before);
  });

  it('tells of a full disk, and of one that has room again', async (test) => {
    disk = smallDisk(dir.path, 'size=4m');
    if (disk === undefined) return test.skip('a small file system cannot be mounted here');
    const { probe } = await serve(join(disk, 'tree'), 10);
    expect(await probe()).toEqual([200, undefined]);
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(5_000_000)).catch(() => undefined);
    expect(await probe()).toEqual([503, 'no_space']);
    await rm(filler);
    expect(await probe()).toEqual([200, undefined]);
  });
});
