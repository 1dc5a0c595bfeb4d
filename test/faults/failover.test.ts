/** The server of a queue dies under load, and its synchronous standby takes over. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { openBroker } from '../../src/index.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { asked, hasPostgres } from '../helpers/postgres.ts';
import { seeded } from '../helpers/seeded.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { hasMachines, Machine } from './rig/machine.ts';
import { chooseSeed, longTimeout, sizeOf } from './rig/sizes.ts';

const rounds = sizeOf('FAILOVERS', 1, 5);
const script = join(import.meta.dirname, '../servers/postgres.sh');
const port = 54349;
const standbyPort = port + 1;
const url = `postgres://postgres@127.0.0.1:${port},127.0.0.1:${standbyPort}/postgres`;

const server = async (directory: string, command: string): Promise<void> => {
  const env = { ...process.env, PG_DIR: directory, PG_PORT: String(port) };
  await promisify(execFile)(script, [command], { env });
};

it.skipIf(!hasPostgres || !hasMachines)(
  `nothing that was acknowledged is lost when a standby takes over, and all go on by themselves (${rounds} times)`,
  { timeout: longTimeout },
  async () => {
    const random = seeded(chooseSeed('failover'));
    for (let round = 0; round < rounds; round += 1) await failOver(random);
  },
);

async function failOver(random: () => number): Promise<void> {
  const servers = join('/tmp', `cab-test-failover-${process.pid}`);
  await server(servers, 'start');
  onTestFinished(() => server(servers, 'stop'));
  await server(servers, 'standby');

  const dir = await tempDir();
  const root = join(dir, 'root');
  const env = { CAB_QUEUE: url, CAB_CAS_ROOT: root };
  const runner = 'sh:sleep 0.05; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
  const daemon = await daemonProcess({
    ...{ root, cwd: dir, env },
    args: ['--runner', runner, '--concurrency', '3'],
  });
  const worker = await Machine.connected({
    name: 'worker',
    words: ['worker', '--runner', runner, '--concurrency', '3'],
    ...{ cwd: dir, env },
  });
  worker.start();
  onTestFinished(() => worker.kill());

  const ledger = new Set<string>();
  const told = { accepted: 0, refused: 0, firstCommitMs: 0 };
  let promoted = Infinity;
  let isOver = false;
  const submitting = Array.from({ length: 6 }, async (_, who) => {
    for (let n = 0; !isOver; n += 1) {
      const answer = await fetch(`${daemon.url}/echo/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ features: { who, n }, track_id: `t-${who}` }),
      });
      if (answer.status !== 202) told.refused += 1;
      else {
        ledger.add(((await answer.json()) as JobDocument).job_id);
        if (promoted < Infinity && told.firstCommitMs === 0)
          told.firstCommitMs = Math.round(performance.now() - promoted);
      }
      await delay(random() * 40);
    }
  });
  await delay(1500 + random() * 1500);
  await server(servers, 'crash');
  await delay(random() * 500);
  await server(servers, 'promote');
  promoted = performance.now();
  await until(() => told.firstCommitMs > 0, 30_000);
  await delay(1500);
  isOver = true;
  await Promise.all(submitting);

  const broker = await openBroker({ root, work: 'none', queue: url });
  onTestFinished(() => broker.close());
  await until(async () => {
    const { pending, running } = await broker.counts();
    return pending === 0 && running === 0;
  }, 90_000);
  const lost: string[] = [];
  for (const id of ledger) {
    const found = await broker.job(id).catch(() => undefined);
    if (found?.status !== 'done') lost.push(`${id} ${found?.status ?? 'is not there'}`);
  }
  told.accepted = ledger.size;
  console.info(`failover: ${JSON.stringify(told)}`);
  expect(lost).toEqual([]);
  await broker.close();
  await worker.kill('SIGTERM');
  expect(await daemon.end()).toBe(0);
  const standby = `postgres://postgres@127.0.0.1:${standbyPort}/postgres`;
  const waiting = `SELECT count(*)::int AS n FROM cab.jobs WHERE state IN ('pending', 'running')`;
  expect(await asked(waiting, standby)).toEqual([{ n: 0 }]);
  await server(servers, 'stop');
}
