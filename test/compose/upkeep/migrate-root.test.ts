import Sqlite from 'better-sqlite3';
import { statSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openBroker, type EmbeddedBroker } from '../../../src/index.ts';
import type { RootPlace } from '../../../src/compose/stores/store-choice.ts';
import { migrateRoot } from '../../../src/compose/upkeep/migrate-root.ts';
import { withPins } from '../../../src/compose/upkeep/pin-entries.ts';
import type { MigrateReport } from '../../../src/core/model/report/migrate-report.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { alone, Pace } from '../../../src/support/time/pace.ts';
import { freshQueue, hasPostgres } from '../../helpers/postgres.ts';
import { freshStore, hasS3, s3Env } from '../../helpers/s3.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { filesBelow } from '../../helpers/tree.ts';

/** What it writes depends on its input, or it fails if that says so. One file lies in a folder, another is a link. */
const runner = `sh:grep -q fail "$CAB_FEATURES_PATH" && exit 3; entry=$(dirname "$CAB_ARTIFACT_PATH"); mkdir "$entry/more";
  cp "$CAB_FEATURES_PATH" "$entry/more/beside.txt"; ln -s more/beside.txt "$entry/link"; echo ran; cp "$CAB_FEATURES_PATH" "$CAB_ARTIFACT_PATH"`;

const names = { artifactName: null, manifestName: 'manifest.json' };
const folder = async (): Promise<RootPlace> => ({ root: join(await tempDir(), 'root'), ...names });

/** In a bucket and a database; the root is a work place. */
async function elsewhere(): Promise<RootPlace> {
  for (const [name, value] of Object.entries(s3Env)) vi.stubEnv(name, value);
  const queue = freshQueue();
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await queue.remove();
  });
  return { ...(await folder()), store: await freshStore(), queue: { url: queue.url } };
}

async function brokerAt({ root, store, queue }: RootPlace, work: 'all' | 'none' = 'all') {
  const broker = await openBroker({
    ...{ root, runner, work, maxAttempts: 1 },
    ...(store && { store: store.url as `s3://${string}` }),
    ...(queue && { queue: queue.url as `postgres://${string}` }),
  });
  onTestFinished(() => broker.close());
  return broker;
}

const migrated = (from: RootPlace, to: RootPlace, isInUse = false): Promise<MigrateReport> => {
  const { signal } = new AbortController();
  return migrateRoot({ from, to, isInUse, signal, pace: new Pace(alone, signal) });
};

async function ended(broker: EmbeddedBroker, text: string, track_id: string): Promise<string> {
  const { job_id } = await broker.submit({ features_text: text, track_id, run_id: text });
  await broker.wait(job_id);
  return job_id;
}

/** A track with two results, one that failed, a pin, and a job that waits. */
async function filled(place: RootPlace) {
  const broker = await brokerAt(place);
  const jobs = [
    await ended(broker, '{"n":1}', 'song'),
    await ended(broker, '{"n":2}', 'song'),
    await ended(broker, '"fail"', 'bad'),
  ];
  await broker.close();
  const accepting = await brokerAt(place, 'none');
  const large = JSON.stringify('x'.repeat(100_000));
  const { job_id } = await accepting.submit({ features_text: large, track_id: 'late' });
  const documents = await Promise.all([...jobs, job_id].map((id) => accepting.job(id)));
  await accepting.close();
  const { key } = await withPins(place, (pinning) => pinning.pin('song'));
  return { documents, waiting: job_id, large, pinned: key };
}

describe.each([
  { what: 'a folder', make: folder, skips: false },
  { what: 'a bucket and a database', make: elsewhere, skips: !hasS3 || !hasPostgres },
])('a root that is copied to $what', ({ make, skips }) => {
  it.skipIf(skips)('has the same there, and the same files when it is copied back', async () => {
    const [here, there, again] = [await folder(), await make(), await folder()];
    const { documents, waiting, large, pinned } = await filled(here);
    const all = {
      ...{ entries: { copied: 2, there: 0 }, pins: { copied: 1, there: 0 } },
      ...{ tracks: { copied: 1, there: 0 }, jobs: { copied: 4, there: 0, left: 0 }, problems: [] },
    };
    const none = {
      ...{ entries: { copied: 0, there: 2, bytes: 0 }, pins: { copied: 0, there: 1 } },
      ...{ tracks: { copied: 0, there: 1 }, jobs: { copied: 0, there: 4, left: 0 }, problems: [] },
    };
    expect(await migrated(here, there)).toMatchObject(all);
    expect(await migrated(here, there)).toMatchObject(none);
    expect(await migrated(there, again)).toMatchObject(all);
    for (const part of ['echo', '.cab/logs'])
      expect(await filesBelow(join(again.root, part))).toEqual(
        await filesBelow(join(here.root, part)),
      );
    expect(await withPins(there, (pinning) => pinning.list())).toEqual([pinned]);

    const broker = await brokerAt(there, 'none');
    for (const { job_id, result, ...before } of documents)
      expect(await broker.job(job_id)).toMatchObject({
        ...before,
        ...(result && { result: { etag: result.etag } }),
      });
    expect(await broker.history('song', 10)).toHaveLength(2);
    await broker.close();
    const working = await brokerAt(there);
    const done = await working.wait(waiting);
    expect(done).toMatchObject({ status: 'done', cached: false });
    expect((await artifactOf(working, 'late')).toString()).toBe(large);
    const hit = await working.submit({ features_text: '{"n":1}', track_id: 'song' });
    expect(hit).toMatchObject({ status: 'done', cached: true });
    expect(hit.job_id > waiting).toBe(true);
  });
});

describe('a root that is copied', () => {
  it('keeps back what is damaged, with its track, and copies the rest', async () => {
    const [here, there] = [await folder(), await folder()];
    const { pinned } = await filled(here);
    const artifact = join(layoutOf(here.root).entry(pinned), 'output');
    await rm(artifact);
    await writeFile(artifact, '{"n":3}');
    const report = await migrated(here, there);
    expect(report).toMatchObject({ entries: { copied: 1 }, tracks: { copied: 0 } });
    expect(report.problems).toEqual([
      expect.objectContaining({ what: 'entry', code: 'hash_mismatch' }),
      expect.objectContaining({ what: 'track', name: 'song', code: 'not_found' }),
    ]);
    await rm(artifact);
    await writeFile(artifact, '{"n":2}');
    expect(await migrated(here, there)).toMatchObject({
      ...{ entries: { copied: 1, there: 1 }, tracks: { copied: 1 }, problems: [] },
    });
  });

  it('leaves alone what was made in the new place: another entry, a later result, later jobs', async () => {
    const [here, there] = [await folder(), await folder()];
    // A key that is given is the same whatever runs.
    const request = { features_text: '1', config_hash: 'config', track_id: 'given' };
    for (const [{ root }, says] of [
      [here, 'here'],
      [there, 'there'],
    ] as const) {
      const broker = await openBroker({ root, runner: `sh:echo ${says}` });
      for (const more of [request, { features_text: '2', track_id: 'song' }])
        await broker.wait((await broker.submit(more)).job_id);
      await broker.close();
    }
    const report = await migrated(here, there);
    expect(report.problems.map(({ what, code }) => [what, code])).toEqual([
      ['entry', 'entry_exists'],
      ['track', 'not_found'],
      ['job', 'entry_exists'],
      ['job', 'entry_exists'],
    ]);
    const broker = await brokerAt(there);
    expect((await artifactOf(broker, 'given')).toString()).toBe('there\n');
    expect((await artifactOf(broker, 'song')).toString()).toBe('there\n');
    expect(await broker.history('song', 10)).toHaveLength(2);
  });

  it('keeps jobs that wait, and all after them, for as long as something may run them', async () => {
    const [here, there] = [await folder(), await folder()];
    const { waiting } = await filled(here);
    const later = await brokerAt(here, 'none');
    const hit = await later.submit({ features_text: '{"n":1}', track_id: 'song' });
    expect(hit).toMatchObject({ status: 'done', cached: true });
    await later.close();
    expect(await migrated(here, there, true)).toMatchObject({ jobs: { copied: 3, left: 2 } });
    const between = await brokerAt(there, 'none');
    await expect(between.job(waiting)).rejects.toMatchObject({ code: 'not_found' });
    await between.close();
    expect(await migrated(here, there)).toMatchObject({ jobs: { copied: 2, there: 3, left: 0 } });
  });

  it('keeps back a track whose results are damaged in the job store', async () => {
    const [here, there] = [await folder(), await folder()];
    await filled(here);
    const jobs = new Sqlite(layoutOf(here.root).jobs);
    jobs.exec(`UPDATE history SET etag = 'zz'`);
    expect((await migrated(here, there)).problems).toEqual([
      expect.objectContaining({ what: 'track', name: 'song', code: 'pointer_invalid' }),
    ]);
    jobs.exec(`UPDATE history SET etag = '${'e'.repeat(64)}', config_hash = '../x'`);
    expect(await migrated(here, there)).toMatchObject({ tracks: { copied: 0, there: 0 } });
    jobs.close();
  });

  it('names a kept input that is damaged or gone, and copies its job without it', async () => {
    const here = await folder();
    const { waiting } = await filled(here);
    const { inputs } = layoutOf(here.root);
    const [input = ''] = await namesOf(inputs, (size) => size > 65_536);
    await writeFile(join(inputs, input), 'other');
    for (const [code, change] of [
      ['hash_mismatch', async () => undefined],
      ['input_not_found', () => rm(join(inputs, input))],
    ] as const) {
      await change();
      const there = await folder();
      const { problems, jobs } = await migrated(here, there);
      expect(jobs).toEqual({ copied: 4, there: 0, left: 0 });
      expect(problems).toEqual([expect.objectContaining({ what: 'job', name: waiting, code })]);
    }
  });

  it('copies what lies before a row of the job store that cannot be read, and names it', async () => {
    const [here, there] = [await folder(), await folder()];
    const { documents } = await filled(here);
    const jobs = new Sqlite(layoutOf(here.root).jobs);
    jobs.exec(`UPDATE jobs SET spec = '{bad' WHERE seq = 2`);
    jobs.close();
    const report = await migrated(here, there);
    expect(report).toMatchObject({ entries: { copied: 2 }, tracks: { copied: 1 } });
    expect(report.problems).toEqual([
      expect.objectContaining({
        ...{ what: 'job', name: documents[1]?.job_id, code: 'queue_unreadable' },
      }),
    ]);
  });

  it('copies no track whose entry is not there', async () => {
    const [here, there] = [await folder(), await folder()];
    const { pinned } = await filled(here);
    await rm(layoutOf(here.root).entry(pinned), { recursive: true });
    const report = await migrated(here, there);
    expect(report).toMatchObject({ entries: { copied: 1 }, tracks: { copied: 0 } });
    expect(report.problems).toEqual([
      expect.objectContaining({ what: 'track', name: 'song', code: 'not_found' }),
    ]);
  });

  it('is refused within the root, around it, and where there is none', async () => {
    const here = await folder();
    const { root } = here;
    await filled(here);
    for (const to of [join(root, 'echo'), join(root, '..')])
      await expect(migrated(here, { ...here, root: to })).rejects.toMatchObject({ code: 'usage' });
    await expect(migrated(await folder(), await folder())).rejects.toMatchObject({
      code: 'store_unreadable',
    });
  });

  it('is refused where everything is there already', async () => {
    const here = await folder();
    await expect(migrated(here, here)).rejects.toMatchObject({ code: 'usage' });
  });
});

async function namesOf(dir: string, isWanted: (size: number) => boolean): Promise<string[]> {
  const names = await readdir(dir);
  return names.filter((name) => isWanted(statSync(join(dir, name)).size));
}

async function artifactOf(broker: EmbeddedBroker, track: string): Promise<Buffer> {
  const [pointer] = await broker.history(track, 1);
  if (pointer === undefined) throw new Error(`${track} has no result`);
  const opened = await broker.open(pointer);
  return buffer(opened.stream());
}
