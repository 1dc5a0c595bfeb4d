/** A daemon with jobs in every state, for the tests and the pictures of the page. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cab } from '../../../helpers/cab.ts';
import { startDaemonProcess } from '../../../helpers/daemon-process.ts';
import { ownedTempDir } from '../../../helpers/temp-dir.ts';
import { until } from '../../../helpers/until.ts';
import { jobSchema } from '../../../../src/http/wire/job-answer.ts';
import type { JobDocument } from '../../../../src/core/model/job/job-document.ts';

export interface Scene {
  readonly url: string;
  readonly root: string;
  /** Hands a job in whose input says what the runner does, and waits for its end. */
  readonly run: (name: string, input: object, more?: object) => Promise<JobDocument>;
  /** The same, without the wait. */
  readonly submit: (name: string, input: object, more?: object) => Promise<JobDocument>;
  close(): Promise<void>;
}

const examples = join(import.meta.dirname, '../../../../examples');
const runner = 'spectrum.mjs';

/** The caller closes it. */
export async function emptyScene(args: readonly string[] = [], token?: string): Promise<Scene> {
  const dir = await ownedTempDir();
  const root = join(dir.path, 'root');
  // Where they are shown, paths are those of the scene.
  await copyFile(join(import.meta.dirname, runner), join(dir.path, runner));
  const daemon = await startDaemonProcess({
    root,
    cwd: dir.path,
    args: [
      '--runner',
      `./${runner}`,
      '--concurrency',
      '2',
      '--grace',
      '1s',
      '--log-level',
      'warn',
      ...args,
    ],
  });
  const submitted = async (wait: number, name: string, input: object, more: object) => {
    const path = join(dir.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, JSON.stringify(input));
    const answer = await fetch(`${daemon.url}/echo/jobs`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        prefer: `wait=${wait}`,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ features_path: path, ...more }),
    });
    return jobSchema.parse(await answer.json());
  };
  return {
    url: daemon.url,
    root,
    run: (name, input, more = {}) => submitted(30, name, input, more),
    submit: (name, input, more = {}) => submitted(0, name, input, more),
    close: async () => {
      await daemon.end();
      await dir.remove();
    },
  };
}

export interface FullScene extends Scene {
  readonly failed: JobDocument;
  readonly running: JobDocument;
  readonly hit: JobDocument;
  /** Hands a job in that is a hit. */
  readonly again: () => Promise<JobDocument>;
  /** A result of the Historical Echo runner. */
  readonly neighbours: JobDocument;
}

/** With a track of three versions, a hit, a failure, running and waiting jobs, and neighbours of a song. */
export async function fullScene(): Promise<FullScene> {
  const scene = await emptyScene();
  const spectrum = (bands: readonly number[], gain: number) => ({
    log: [...steps, `gain ${gain} dB`],
    files: {
      'spectrum.json': JSON.stringify({ bands, gain, window: 'hann', peak: Math.max(...bands) }),
      'report/notes.txt': 'clipped at 0:42\nno hum\n',
    },
  });
  const first = spectrum([3, 9, 14, 8], -3);
  await scene.run('verse.json', first, { track_id: 'verse' });
  await scene.run('verse.json', spectrum([3, 9, 15, 8, 1], -3), { track_id: 'verse' });
  const latest = spectrum([4, 9, 15, 8, 2], -1.5);
  await scene.run('verse.json', latest, { track_id: 'verse', runner_kwargs: { window: 'hann' } });
  for (const part of ['chorus', 'bridge', 'intro', 'outro'])
    await scene.run(`${part}.json`, spectrum([part.length, 7, 12], -2), { track_id: part });
  const again = () =>
    scene.run('verse.json', latest, { track_id: 'verse', runner_kwargs: { window: 'hann' } });
  const hit = await again();
  const failed = await scene.run(
    'broken-take.json',
    {
      log: [...steps, '\u001b[31merror\u001b[0m: frame 118 is silent'],
      fail: 'no tempo: the take is silent',
    },
    { track_id: 'take 7', max_attempts: 2 },
  );
  const neighbours = await historicalEcho(scene.root);
  await cab(['pin', 'ballad', '--cas-root', scene.root]);
  await cab(['verify', '--cas-root', scene.root]);
  const running = await scene.submit(
    'album.json',
    { stays: true, log: steps, progress: 0.62, message: 'side B' },
    { track_id: 'album' },
  );
  await scene.submit('live-set.json', { stays: true, progress: 0.18 }, { track_id: 'live set' });
  await until(async () => (await stateOf(scene.url, running.job_id)) === 'running');
  for (const [n, priority] of [20, 0, 0, 0, -5].entries())
    await scene.submit(`take-${n + 1}.json`, { stays: true, take: n }, { priority });
  return { ...scene, failed, running, hit, again, neighbours };
}

const steps = Array.from(
  { length: 30 },
  (_, n) =>
    `\u001b[32mok\u001b[0m  frame ${String(n * 4).padStart(3)}  centroid ${(1480 + n * 13.7).toFixed(1)} Hz \u001b[2mcached\u001b[0m`,
);

const stateOf = async (url: string, id: string): Promise<string> =>
  jobSchema.parse(await (await fetch(`${url}/echo/jobs/${id}`)).json()).status;

/** Two versions of a track, by a runner that is not the daemon's: the command does the work itself. */
async function historicalEcho(root: string): Promise<JobDocument> {
  const submit = async (...probe: string[]) =>
    cab([
      'submit',
      join(examples, 'ballad.features.json'),
      '--db',
      join(examples, 'spine.db'),
      ...probe,
      ...[
        '--track',
        'ballad',
        '--runner',
        'historical-echo',
        '--cas-root',
        root,
        '--wait',
        '--json',
      ],
    ]);
  await submit();
  const { stdout } = await submit('--probe', 'top_k=40');
  const [document] = [JSON.parse(stdout) as unknown].flat();
  return jobSchema.parse(document);
}
