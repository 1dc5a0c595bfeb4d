import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cab } from '../../helpers/cab.ts';
import { daemonProcess } from '../../helpers/daemon-process.ts';
import { until } from '../../helpers/until.ts';
import { parseRecords, type DiskRecord } from './records.ts';

export const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

export interface RecordedRun {
  readonly root: string;
  /** Inode of the directory in which the root lies. */
  readonly top: number;
  readonly records: readonly DiskRecord[];
}

function bootFile(dir: string): string {
  const file = join(dir, 'boot_id');
  writeFileSync(file, '00000000-0000-4000-8000-000000000001\n');
  return file;
}

/** What the processes of a recorded run need in their environment. */
const recording = (dir: string, recorder: string, deaf = ''): Record<string, string> => ({
  LD_PRELOAD: recorder,
  CAB_POWER_LOG: join(dir, 'power.log'),
  CAB_POWER_DEAF: deaf,
  CAB_POWER_BOOT: bootFile(dir),
  UV_USE_IO_URING: '0',
});

/** The recorder, as a library to preload. */
export function buildRecorder(dir: string): string {
  const library = join(dir, 'recorder.so');
  const source = join(import.meta.dirname, 'recorder.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl', '-lpthread']);
  return library;
}

/** The recorder is preloaded by the linker of Linux, and made by a C compiler. */
export const canRecord =
  process.platform === 'linux' && spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0;

/**
 * Everything that writes: a daemon that takes inputs sent and named, commands that hand over, commands that work by
 * themselves, the same track again and again, a daemon that is killed and one that is terminated. The root is moved
 * away afterwards, so that states can be laid out in its place.
 */
export async function recordRun(
  dir: string,
  recorder: string,
  jobs: number,
  deaf = '',
): Promise<RecordedRun> {
  const root = join(dir, 'tree');
  const env = recording(dir, recorder, deaf);
  const args = ['--runner', runner, '--concurrency', '12', '--grace', '5s'];
  const song = async (n: number): Promise<string> => {
    const file = join(dir, `song-${n}.json`);
    await writeFile(file, `{"n":${n}}`);
    return file;
  };
  const handIn = async (numbers: number[], ...more: string[]): Promise<unknown> => {
    const files = await Promise.all(numbers.map(song));
    return cab(['submit', ...files, '--cas-root', root, '--runner', runner, '--json', ...more], {
      env,
    });
  };
  const send = (url: string, n: number): Promise<unknown> =>
    // What is not answered was not promised.
    fetch(`${url}/echo/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: n % 3 === 0 ? 'wait=20' : 'wait=0' },
      body: JSON.stringify({ features: { n }, track_id: `track-${n % 7}` }),
    }).then(
      (answer) => answer.text(),
      () => undefined,
    );

  const numbers = Array.from({ length: jobs }, (_, n) => n);
  const third = Math.floor(jobs / 3);
  // Nobody is there yet: the root is made by several at once.
  await Promise.all([
    handIn(numbers.slice(0, 4), '--wait'),
    handIn(numbers.slice(2, 6), '--enqueue'),
  ]);
  const first = await daemonProcess({ root, args, env });
  const load = numbers.slice(0, third).map((n) => send(first.url, n));
  await Promise.race(load);
  await first.end('SIGKILL');
  await Promise.all(load);
  const second = await daemonProcess({ root, args, env });
  await Promise.all([
    ...numbers.slice(third).map((n) => send(second.url, n)),
    handIn(numbers.slice(0, third), '--track', 'track-0', '--wait'),
    handIn(numbers.slice(third), '--track', 'track-1', '--offline', '--wait', '--force'),
    handIn(numbers.slice(0, third), '--enqueue', '--offline', '--force'),
  ]);
  await until(async () => {
    const { stdout } = await cab(['status', '--json', '--cas-root', root, '--url', second.url]);
    const { counts } = JSON.parse(stdout) as { counts: { pending: number; running: number } };
    return counts.pending + counts.running === 0;
  });
  await second.end('SIGTERM');
  return recorded(dir, root);
}

/** A command that is killed at a place, and the next one that does its work. Of one job, or of several side by side. */
export async function recordKill(
  dir: string,
  recorder: string,
  failpoint: string,
  jobs = 1,
): Promise<RecordedRun> {
  const root = join(dir, 'tree');
  const env = recording(dir, recorder);
  const songs = Array.from({ length: jobs }, (_, n) => join(dir, `song-${n}.json`));
  for (const [n, song] of songs.entries()) await writeFile(song, `{"n":${n}}`);
  const words = ['--runner', runner, '--concurrency', '6', '--json', '--wait'];
  const args = ['submit', ...songs, '--cas-root', root, ...words];
  const killed = await cab(args, { env: { ...env, CAB_FAILPOINTS: failpoint } });
  if (killed.signal !== 'SIGKILL') throw new Error(`${failpoint} was not reached`);
  await cab([...args, '--adopt'], { env });
  return recorded(dir, root);
}

async function recorded(dir: string, root: string): Promise<RecordedRun> {
  const { ino: top } = await stat(dirname(root));
  await rename(root, join(dir, `recorded-${basename(root)}`));
  return { root, top, records: parseRecords(await readFile(join(dir, 'power.log'))) };
}
