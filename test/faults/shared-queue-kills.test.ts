/** Daemons and workers of several machines share one queue and one bucket, and are killed again and again. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openBroker, type Broker } from '../../src/index.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { cab } from '../helpers/cab.ts';
import { freshQueue, hasPostgres } from '../helpers/postgres.ts';
import { bucketKeys, freshStore, hasS3, s3Env } from '../helpers/s3.ts';
import { seeded } from '../helpers/seeded.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { hasMachines, Machine } from './rig/machine.ts';
import { entriesAmong, judged } from './rig/judged.ts';
import { chooseSeed, longTimeout, sizeOf } from './rig/sizes.ts';

const kills = sizeOf('SHARED_QUEUE_KILLS', 5, 100);

it.skipIf(!hasPostgres || !hasS3 || !hasMachines)(
  `every accepted job is done, each key is computed once at a time and has one artifact, whichever machine is killed (${kills} kills)`,
  { timeout: longTimeout },
  async () => {
    const random = seeded(chooseSeed('shared queue kills'));
    const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
    const dir = await tempDir();
    const queue = freshQueue();
    onTestFinished(() => queue.remove());
    const store = await freshStore();
    const shared = { ...s3Env, CAB_STORE: store.url, CAB_QUEUE: queue.url };
    const locks = join(dir, 'locks');
    await mkdir(locks);
    // Locks end with their process, so two that run one key at once are seen, and one that was killed is not.
    const runner = `sh:key=$(sha256sum < "$CAB_FEATURES_PATH" | cut -c1-32)
flock -n "${locks}/$key" sh -c 'sleep 0.1; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"' || echo "$key" >> "${locks}/overlaps"`;
    await writeFile(join(locks, 'overlaps'), '');

    const named = [
      ...['one', 'two', 'three'].map((name) => ({ name, words: ['serve', '--port', '0'] })),
      ...['four', 'five'].map((name) => ({ name, words: ['worker'] })),
    ];
    const machines = await Promise.all(
      named.map(({ name, words }) =>
        Machine.connected({
          name,
          words: [...words, '--runner', runner, '--concurrency', '3', '--lease', '3s'],
          cwd: dir,
          env: { ...shared, CAB_CAS_ROOT: join(dir, name) },
        }),
      ),
    );
    onTestFinished(async () => {
      await Promise.all(machines.map((one) => one.kill()));
    });
    for (const machine of machines) machine.start();
    await until(() => machines.slice(0, 3).every(({ url }) => url !== undefined), 60_000);

    const ledger = new Set<string>();
    const counts = { kills: 0, refused: 0 };
    let made = 0;
    let isOver = false;
    const submit = async (): Promise<void> => {
      const url = pick(machines.slice(0, 3))?.url;
      made += 1;
      // A third of the inputs was sent before, perhaps to another machine.
      const n = random() < 0.3 ? Math.floor(random() * made) : made;
      try {
        const answer = await fetch(`${url}/echo/jobs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ features: { n }, track_id: `t-${n % 5}`, force: n % 7 === 0 }),
          signal: AbortSignal.timeout(20_000),
        });
        if (answer.status !== 202 && answer.status !== 200) counts.refused += 1;
        else ledger.add(((await answer.json()) as JobDocument).job_id);
      } catch {
        // The daemon was killed before it answered: nothing was promised.
        counts.refused += 1;
      }
    };
    const submitting = Array.from({ length: 4 }, async () => {
      while (!isOver) {
        await submit();
        await delay(random() * 150);
      }
    });
    while (counts.kills < kills) {
      await delay(1000 + random() * 1500);
      const machine = pick(machines);
      await machine?.kill();
      counts.kills += 1;
      await delay(random() * 500);
      machine?.start();
    }
    isOver = true;
    await Promise.all(submitting);

    for (const [name, value] of Object.entries(s3Env)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const root = join(dir, 'looking');
    const broker = await openBroker({
      ...{ root, work: 'none', store: store.url as `s3://${string}` },
      queue: queue.url as `postgres://${string}`,
    });
    onTestFinished(() => broker.close());
    await until(async () => {
      const { pending, running } = await broker.counts();
      return pending === 0 && running === 0;
    }, 120_000);
    // Who has bad luck is killed with three machines, and counts as the cause. Nothing of it is lost.
    const unlucky = await broker.retryMany({});
    await until(async () => (await broker.counts()).pending === 0, 60_000);
    for (const id of unlucky.jobs) ledger.add(id);
    const { keys, attempts, failures } = await judged(broker, ledger);
    const entries = entriesAmong(await bucketKeys(store));
    const told = {
      ...counts,
      accepted: ledger.size,
      unlucky: unlucky.changed,
      attempts,
      entries: entries.size,
    };
    console.info(`shared queue kills: ${JSON.stringify(told)}`);
    const lost = failures.filter((job) => job.status !== 'error' || job.problem.code !== 'crashed');
    expect(lost).toEqual([]);
    expect([...keys].filter((key) => !entries.has(key))).toEqual([]);
    expect(await readFile(join(locks, 'overlaps'), 'utf8')).toBe('');
    // Under a heavy load few jobs are accepted, and perhaps none of a track.
    for (const track of await tracksOf(broker, ledger)) {
      const [latest] = await broker.history(track);
      const { etag } = await broker.pointer(track);
      expect(etag).toBe(latest?.etag);
    }
    const env = { ...shared, CAB_CAS_ROOT: root };
    expect(await cab(['verify'], { env, cwd: dir })).toMatchObject({ code: 0 });
  },
);

async function tracksOf(broker: Broker, ledger: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const jobs = await Promise.all(Array.from(ledger, (id) => broker.job(id)));
  return new Set(jobs.flatMap(({ status, track_id }) => (status === 'done' && track_id) || []));
}
