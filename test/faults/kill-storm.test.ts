import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Broker } from '../../src/core/engine/broker.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { openBroker } from '../../src/index.ts';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess, type DaemonProcess } from '../helpers/daemon-process.ts';
import { seeded } from '../helpers/seeded.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';
import { chooseSeed, longTimeout, sizeOf } from './rig/sizes.ts';

const kills = sizeOf('KILLS', 8, 300);
const tracks = 4;

/** Three kinds of process to kill: a shell's, Python's and a thread, which dies with its process. */
const runners = (dir: string): string[] => [
  'sh:echo "$CAB_SOURCE_HASH" >> "$RUNS"; sleep 0.03; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"',
  'copy:run',
  join(dir, 'copy.mjs'),
];

const python = `
import os, pathlib, time
def run(*, features_path, out_root, source_hash=None, **rest):
    time.sleep(0.03)
    place = pathlib.Path(out_root) / "copy.json"
    place.write_bytes(features_path.read_bytes())
    return place
`;

const module = `
import { copyFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
export const version = '1';
export async function run(call) {
  await delay(30);
  await copyFile(call.features_path, call.artifact_path);
}
`;

it(
  `loses no accepted job, whoever is killed and when (${kills} kills)`,
  { timeout: longTimeout },
  async () => {
    const seed = chooseSeed('kill storm');
    const random = seeded(seed);
    const dir = await tempDir();
    const root = join(dir, 'tree');
    const env = {
      RUNS: join(dir, 'runs'),
      CAB_CAS_ROOT: root,
      CAB_RETRIES: '99',
      PYTHONPATH: dir,
    };
    await writeFile(join(dir, 'copy.py'), python);
    await writeFile(join(dir, 'copy.mjs'), module);
    const ledger = new Set<string>();
    let songs = 0;

    /** What a command printed is promised, however it ended. */
    const submitter = async (): Promise<ChildProcess> => {
      const n = songs++;
      const file = join(dir, `song-${n}.json`);
      // Now and then what was submitted before: a hit, or a second that waits for the first.
      await writeFile(file, `{"n":${random() < 0.3 ? Math.floor(n / 2) : n}}`);
      const runner = runners(dir)[n % 3] ?? '';
      const how = [['--enqueue'], ['--enqueue', '--offline'], ['--offline', '--wait', '--json']][
        Math.floor(random() * 3)
      ];
      const child = spawn(
        process.execPath,
        [program, 'submit', file, '--runner', runner, '--track', `t-${n % tracks}`, ...(how ?? [])],
        { cwd: dir, env: { ...cleanEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'ignore'] },
      );
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      child.once('close', () => {
        for (const [, id] of said.matchAll(/(?:^|"job_id":")([0-9a-f-]{36})/gm))
          ledger.add(id ?? '');
      });
      return child;
    };
    const sender = async (daemon: DaemonProcess): Promise<void> => {
      const n = songs++;
      const answer = await fetch(`${daemon.url}/echo/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ features: { n }, track_id: `t-${n % tracks}` }),
      });
      if (answer.status === 202) ledger.add(((await answer.json()) as JobDocument).job_id);
    };

    const start = (): Promise<DaemonProcess> =>
      daemonProcess({
        root,
        cwd: dir,
        env,
        args: ['--runner', runners(dir)[0] ?? '', '--concurrency', '12'],
      });
    const counts = { daemon: 0, command: 0, runner: 0 };
    let daemon = await start();
    while (counts.daemon + counts.command + counts.runner < kills) {
      const commands = await Promise.all([submitter(), submitter()]);
      const sent = Array.from({ length: 3 }, () => sender(daemon).catch(() => undefined));
      await delay(random() * 500);
      const dice = random();
      if (dice < 0.4) {
        await daemon.end('SIGKILL');
        counts.daemon += 1;
      } else if (dice < 0.7) {
        commands[0].kill('SIGKILL');
        counts.command += 1;
      } else counts.runner += await killOneBelow(daemon.child.pid ?? 0, random);
      await Promise.all([...sent, ...commands.map(gone)]);
      if (daemon.child.signalCode !== null) daemon = await start();
    }

    await until(async () => {
      const { stdout } = await cab(['status', '--json'], { env, cwd: dir });
      const { counts: now } = JSON.parse(stdout) as { counts: Record<string, number> };
      return now['pending'] === 0 && now['running'] === 0;
    }, 120_000);
    expect(await daemon.end('SIGTERM')).toBe(0);

    const broker = await openBroker({ root, work: 'none' });
    let crashed = 0;
    for (const id of ledger) {
      const job = await broker.job(id);
      expect(await endsOf(broker, id), `ends of job ${id}`).toHaveLength(1);
      // Three deaths of its worker end a job, as promised; nothing else may.
      if (job.problem?.code === 'crashed') crashed += 1;
      else expect(job).toMatchObject({ status: 'done', result: { etag: job.source_hash } });
    }
    for (let n = 0; n < tracks; n++) {
      const history = await broker.history(`t-${n}`, 1000);
      const ids = history.map(({ job_id }) => job_id);
      expect(new Set(ids).size).toBe(ids.length);
      expect((await broker.pointer(`t-${n}`)).source_hash).toBe(history[0]?.source_hash);
    }
    await broker.close();
    const { wrong, leftovers } = await inspectTree(root);
    expect({ wrong, ofAttempts: leftovers.filter(isOfAttempt) }).toEqual({
      wrong: [],
      ofAttempts: [],
    });
    // The last command may have been killed when its job was done, and no worker has begun since.
    expect(await cab(['gc'], { env, cwd: dir })).toMatchObject({ code: 0 });
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
    expect(ledger.size).toBeGreaterThan(kills);
    console.info(`kill storm: ${JSON.stringify({ ...counts, accepted: ledger.size, crashed })}`);
  },
);

const isOfAttempt = (name: string): boolean => !/^idle\.|^[0-9a-f]{12}-/.test(name);

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Of all that was noted about a job: what its history may hold once. */
async function endsOf(broker: Broker, job_id: string): Promise<string[]> {
  const ends: string[] = [];
  for await (const { type } of broker.events({ job_id }))
    if (['done', 'failed', 'canceled', 'timeout'].includes(type)) ends.push(type);
  return ends;
}

/** Kills a process that a runner of the daemon is; 0 where there is none at this moment. */
async function killOneBelow(parent: number, random: () => number): Promise<0 | 1> {
  const children: number[] = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent)
      children.push(Number(name));
  }
  const victim = children[Math.floor(random() * children.length)];
  if (victim === undefined) return 0;
  try {
    process.kill(victim, 'SIGKILL');
    return 1;
  } catch {
    return 0;
  }
}
