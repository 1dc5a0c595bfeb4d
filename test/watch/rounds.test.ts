/** One round after another, each awaited: what a folder forgets depends on how many rounds missed a file. */
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { fingerprintOf } from '../../src/core/hashing/fingerprint.ts';
import { Backoff } from '../../src/watch/backoff.ts';
import { Teller, type WatchContext } from '../../src/watch/context.ts';
import { Intake } from '../../src/watch/intake.ts';
import { Rounds } from '../../src/watch/rounds.ts';
import { statsOf } from '../../src/watch/scan.ts';
import { FileFilter } from '../../src/watch/file-filter.ts';
import type { SeenFile, SeenFiles } from '../../src/core/ports/seen-files.ts';
import { SqliteSeenFiles } from '../../src/stores/sqlite/seen/sqlite-seen-files.ts';
import { until } from '../helpers/until.ts';
import { eachWatching } from './watching.ts';

const now = eachWatching();
/** Longer than any test: a file that changed is never submitted. */
const forever = 3_600_000;

/** Rounds that come when they are asked for. */
async function startRounds(settleMs = 10) {
  const folder = now().path('');
  const stop = new AbortController();
  await mkdir(dirname(now().seenFile), { recursive: true });
  const seen = await SqliteSeenFiles.open(now().seenFile, folder);
  const context: WatchContext = {
    ...{ seen, broker: now().broker, signal: stop.signal },
    ...{ track: '{stem}', request: {}, fence: undefined },
    scope: new FileFilter({
      ...{ folder, pattern: '*.json', recursive: true, readySuffix: undefined, exclude: [] },
    }),
    teller: new Teller(() => undefined),
    backoff: new Backoff(stop.signal, () => undefined),
  };
  const submitted: string[] = [];
  const failures: unknown[] = [];
  const intake = new Intake({
    ...{ context, settleMs, parallel: 4, capacity: 4096 },
    onSubmitted: async ({ intent, job: { job_id, source_hash } }) => {
      await seen.settle({ ...intent, state: 'done', job_id, source_hash });
      submitted.push(intent.path);
    },
    onError: (error) => failures.push(error),
  });
  let ended = 0;
  const rounds = new Rounds({
    ...{ context, intake, interval: () => forever },
    onFolder: async () => undefined,
    onNoFolder: async () => undefined,
    afterRound: () => (ended += 1),
  });
  const running = rounds.run();
  onTestFinished(async () => {
    stop.abort();
    await running;
    await intake.close();
    await seen.close();
    expect(failures).toEqual([]);
  });
  await until(() => ended === 1);
  const round = async (): Promise<void> => {
    const before = ended;
    rounds.soon();
    await until(() => ended > before);
  };
  return { seen, submitted, round };
}

/** Writes down that the job of a file ended, as it would have been. */
async function know(seen: SeenFiles, name: string): Promise<void> {
  const stats = await statsOf(now().path(name));
  const run_id = `run of ${name}`;
  const fingerprint = stats === undefined ? 'gone' : fingerprintOf(stats);
  await seen.intend({ path: name, fingerprint, track_id: name, run_id });
  await seen.settle({ path: name, run_id, state: 'done' });
}

/** A file whose job ended before. */
async function put(seen: SeenFiles, name: string): Promise<void> {
  await now().write(name, JSON.stringify({ name }));
  await know(seen, name);
}

const find = (seen: SeenFiles, name: string): Promise<SeenFile | undefined> => seen.find(name);

it('forget a file that two rounds in turn missed, which is new when it comes again', async () => {
  await now().write('stays.json', '{"n":1}');
  const { seen, submitted, round } = await startRounds();
  await now().write('comes.json', '{"n":2}');
  await round();
  await until(() => submitted.length === 2);
  await rename(now().path('comes.json'), now().outside('comes.json'));
  await round();
  expect(await find(seen, 'comes.json')).toBeDefined();
  await round();
  expect(await find(seen, 'comes.json')).toBeUndefined();
  await rename(now().outside('comes.json'), now().path('comes.json'));
  await round();
  await until(() => submitted.length === 3);
  expect(submitted).toEqual(['stays.json', 'comes.json', 'comes.json']);
});

it('remember a file that each second round misses', async () => {
  const { seen, round } = await startRounds();
  for (const name of ['stays.json', 'flickers.json']) await put(seen, name);
  for (let n = 0; n < 3; n += 1) {
    await rename(now().path('flickers.json'), now().outside('flickers.json'));
    await round();
    await rename(now().outside('flickers.json'), now().path('flickers.json'));
    await round();
  }
  expect(await find(seen, 'flickers.json')).toBeDefined();
});

it('forget nothing while the folder is empty, and take the next file', async () => {
  const { seen, submitted, round } = await startRounds();
  await put(seen, 'away/one.json');
  await rename(now().path('away'), now().outside('away'));
  for (let n = 0; n < 3; n += 1) await round();
  expect(await find(seen, 'away/one.json')).toBeDefined();
  await rename(now().outside('away'), now().path('away'));
  await now().write('two.json', '{"n":2}');
  await round();
  await until(() => submitted.length === 1);
  expect(submitted).toEqual(['two.json']);
  expect(await find(seen, 'away/one.json')).toMatchObject({ run_id: 'run of away/one.json' });
});

it('remember a file that is not still, and so not among those that they found', async () => {
  const { seen, round } = await startRounds(forever);
  for (const name of ['stays.json', 'busy.json']) await put(seen, name);
  await utimes(now().path('busy.json'), 1, 1);
  for (let n = 0; n < 3; n += 1) await round();
  expect(await find(seen, 'busy.json')).toBeDefined();
});

it('forget files of every page of the table', async () => {
  const { seen, round } = await startRounds();
  await put(seen, 'stays.json');
  const names = Array.from({ length: 1100 }, (_, n) => `gone${n}.json`);
  await Promise.all(names.map((name) => know(seen, name)));
  for (let n = 0; n < 2; n += 1) await round();
  expect(await seen.counts()).toMatchObject({ done: 1 });
});

it('forget the files of a directory that is gone, and look into the others', async () => {
  const { seen, submitted, round } = await startRounds();
  await now().write('a/deep/one.json', '{"n":1}');
  await now().write('b/two.json', '{"n":2}');
  await round();
  await until(() => submitted.length === 2);
  await rm(now().path('a'), { recursive: true });
  await round();
  await now().write('b/three.json', '{"n":3}');
  await round();
  expect(await find(seen, 'a/deep/one.json')).toBeUndefined();
  await until(() => submitted.length === 3);
  expect(submitted.sort()).toEqual(['a/deep/one.json', 'b/three.json', 'b/two.json']);
});
