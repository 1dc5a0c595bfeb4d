/** Jobs run while the server that keeps their results is killed and started again, many times. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { openBroker } from '../../src/index.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { bucketKeys, freshStore, s3Env } from '../helpers/s3.ts';
import { seeded } from '../helpers/seeded.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { entriesAmong, judged } from './rig/judged.ts';
import { chooseSeed, longTimeout, sizeOf } from './rig/sizes.ts';

/** Where test/servers/ceph.sh keeps a server that no other test uses, and its port. */
const server = process.env['CAB_TEST_S3_SERVER'];
const port = process.env['CAB_TEST_S3_SERVER_PORT'] ?? '38090';

const kills = sizeOf('GATEWAY_KILLS', 2, 50);
const script = join(import.meta.dirname, '../servers/ceph.sh');

it.skipIf(server === undefined)(
  `every accepted job ends once and whole, however often the store is killed (${kills} kills; CAB_TEST_S3_SERVER names a server that may be)`,
  { timeout: longTimeout },
  async () => {
    const random = seeded(chooseSeed('gateway kills'));
    const endpoint = `http://127.0.0.1:${port}`;
    const store = await freshStore(endpoint);
    const dir = await tempDir();
    const root = join(dir, 'root');
    const env = {
      ...s3Env,
      AWS_ENDPOINT_URL_S3: endpoint,
      CAB_STORE: store.url,
      CAB_CAS_ROOT: root,
    };
    const ceph = async (command: string): Promise<void> => {
      const its = { ...process.env, CEPH_DIR: server, CEPH_PORT: port };
      await promisify(execFile)(script, [command], { env: its });
    };
    onTestFinished(() => ceph('start-gateway'));
    await writeFile(join(dir, 'in.txt'), '');
    const runner =
      'sh:sleep 0.05; cat "$CAB_FEATURES_PATH" "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

    const ledger = new Set<string>();
    const counts = { kills: 0, daemon: 0, commands: 0, refused: 0 };
    let made = 0;
    const daemon = await daemonProcess({
      ...{ root, cwd: dir, env },
      args: ['--runner', runner, '--concurrency', '4'],
    });
    const send = async (): Promise<void> => {
      const n = made++;
      const answer = await fetch(`${daemon.url}/echo/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ features: { n }, track_id: `t-${n % 4}` }),
      });
      if (answer.status !== 202) counts.refused += 1;
      else {
        ledger.add(((await answer.json()) as JobDocument).job_id);
        counts.daemon += 1;
      }
    };
    /** The second process: it submits to the same root, and runs jobs of its queue. */
    const command = async (): Promise<void> => {
      const n = made++;
      const file = join(dir, `${n}.json`);
      await writeFile(file, `{"n":${random() < 0.3 ? Math.floor(n / 2) : n}}`);
      const words = ['submit', file, '--runner', runner, '--offline', '--wait', '--json'];
      const child: ChildProcess = spawn(process.execPath, [program, ...words], {
        ...{ cwd: dir, env: { ...cleanEnvironment(), ...env } },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let said = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
      await once(child, 'close');
      const [, id] = /"job_id":"([0-9a-f-]{36})/.exec(said) ?? [];
      if (id === undefined) counts.refused += 1;
      else {
        ledger.add(id);
        counts.commands += 1;
      }
    };

    let isOver = false;
    const submitting = [send, send, send, send, send, send, command, command].map(
      async (submit) => {
        while (!isOver) {
          await submit();
          await delay(random() * 100);
        }
      },
    );
    while (counts.kills < kills) {
      await delay(random() * 1000);
      await ceph('kill-gateway');
      counts.kills += 1;
      await delay(random() * 500);
      await ceph('start-gateway');
    }
    isOver = true;
    await Promise.all(submitting);
    await until(async () => {
      const { stdout } = await cab(['status', '--json', '--offline'], { env, cwd: dir });
      const { counts: now } = JSON.parse(stdout) as { counts: Record<string, number> };
      return now['pending'] === 0 && now['running'] === 0;
    }, 120_000);
    expect(await daemon.end()).toBe(0);

    const broker = await openBroker({ root, work: 'none' });
    const { keys, attempts, failures } = await judged(broker, ledger);
    await broker.close();
    const entries = entriesAmong(await bucketKeys(store));
    const told = { ...counts, accepted: ledger.size, attempts, failures, entries: entries.size };
    console.info(`gateway kills: ${JSON.stringify(told)}`);
    expect(failures).toEqual([]);
    expect(entries).toEqual(keys);
    const elsewhere = { ...env, CAB_CAS_ROOT: join(dir, 'other') };
    expect(await cab(['verify'], { env: elsewhere, cwd: dir })).toMatchObject({ code: 0 });
    expect(await cab(['verify'], { env, cwd: dir })).toMatchObject({ code: 0 });
  },
);
