/** Where the reference broker and cab answer differently or alike, spoken by a client that knows HTTP alone. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CabError } from '../../src/core/model/errors.ts';
import { historicalEchoRunner } from '../../src/runners/historical-echo/runner.ts';
import { served, type Served } from '../helpers/served.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

interface JobAnswer {
  readonly job_id: string;
  readonly status: string;
  readonly error: string | null;
  readonly attempts: number;
  readonly track_id: string | null;
}

const builtIn = { runner: 'historical-echo', resolveRunner: () => historicalEchoRunner() };

async function ended(daemon: Served, { job_id }: JobAnswer): Promise<JobAnswer> {
  return until(async () => {
    const job = (await (await daemon.get(`/echo/jobs/${job_id}`)).json()) as JobAnswer;
    return !['pending', 'running'].includes(job.status) && job;
  });
}

async function taken(daemon: Served, body: object): Promise<JobAnswer> {
  const answer = await daemon.post('/echo/jobs', body);
  expect(answer.status).toBe(202);
  return ended(daemon, (await answer.json()) as JobAnswer);
}

const codeOf = async (answer: Response): Promise<[number, string]> => [
  answer.status,
  ((await answer.json()) as { error: string }).error,
];

describe.each(['cab', 'reference'] as const)('the surface in the profile of %s', (profile) => {
  const isReference = profile === 'reference';
  const inProfile = (broker: Parameters<typeof served>[1] = {}) =>
    served(
      isReference ? { compatible: true, bareEtags: true } : {},
      isReference ? { untracked: true, ...broker } : broker,
    );
  let dir: string;
  let features_path: string;

  beforeEach(async () => {
    dir = await tempDir();
    features_path = join(dir, 'song.json');
    await writeFile(features_path, '{"tempo": 120}');
  });

  it.each<[string, (at: { dir: string }) => object | string]>([
    ['no path', () => ({})],
    ['an empty path', () => ({ features_path: '' })],
    ['a path that is null', () => ({ features_path: null })],
    ['a path where nothing is', (at) => ({ features_path: join(at.dir, 'none.json') })],
    ['a path that is a directory', (at) => ({ features_path: at.dir })],
    ['no body', () => ''],
  ])('answers features_path_missing to %s, with detail and hint', async (_, body) => {
    const daemon = await inProfile();
    const answer = await daemon.post('/echo/jobs', body({ dir }));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: 'features_path_missing',
      detail: expect.stringMatching(/./),
      hint: expect.stringMatching(/./),
    });
  });

  it.each([
    ['{not json', 'invalid_json'],
    [' ', 'invalid_json'],
    ['[]', 'invalid_request'],
    ['3', 'invalid_request'],
    ['{"features_path": 7}', 'invalid_request'],
    ['{"features_path": "/x", "probe": "x"}', 'invalid_request'],
    [`{"features": {}, "track_id": "${'x'.repeat(251)}"}`, 'unsafe_track'],
  ])('refuses %s', async (body, code) => {
    const daemon = await inProfile();
    expect(await codeOf(await daemon.post('/echo/jobs', body))).toEqual([400, code]);
  });

  it('takes a track of 250 bytes, and gives its pointer', async () => {
    const daemon = await inProfile();
    const track_id = 'x'.repeat(250);
    expect(await taken(daemon, { features_path, track_id })).toMatchObject({ status: 'done' });
    expect((await daemon.get(`/echo/index/${track_id}.json`)).status).toBe(200);
  });

  it('takes null and empty fields as left out', async () => {
    const daemon = await inProfile();
    const nothing = { run_id: '', config_hash: '', db_path: '', db_hash: '', probe: null };
    const job = await taken(daemon, { ...nothing, features_path, track_id: '', priority: null });
    expect(job).toMatchObject({ status: 'done', track_id: isReference ? null : 'song' });
  });

  it('gives a job without a track the stem of its file, in the profile of cab alone', async () => {
    const daemon = await inProfile();
    await taken(daemon, { features_path });
    const { status } = await daemon.get('/echo/index/song.json');
    expect(status).toBe(isReference ? 404 : 200);
  });

  it('takes unknown fields in the profile of the reference alone', async () => {
    const daemon = await inProfile();
    const answer = await daemon.post('/echo/jobs', { features_path, invented: 1 });
    expect(answer.status).toBe(isReference ? 202 : 400);
  });

  it('expands a home at the start of paths', async () => {
    const daemon = await inProfile();
    const home = homedir();
    const inHome = `~${'/..'.repeat(home.split('/').filter(Boolean).length)}${features_path}`;
    expect(await taken(daemon, { features_path: inHome })).toMatchObject({ status: 'done' });
  });

  it.each<[string, object]>([
    ['an argument of the probe that is not known', { probe: { unknown: 1 } }],
    ['an argument of the runner that is not known', { runner_kwargs: { colour: 'red' } }],
    ['a database that is not there', { db_path: '/no/such/spine.db' }],
    ['axes that are missing', {}],
  ])(
    'makes an ended job of %s, and refuses it if strict handling is preferred',
    async (_, body) => {
      const daemon = await inProfile(builtIn);
      const job = await taken(daemon, { features_path, track_id: 't', ...body });
      expect(job).toMatchObject({
        status: 'error',
        attempts: 0,
        error: expect.stringMatching(/./),
      });
      expect((await daemon.get('/echo/index/t.json')).status).toBe(404);
      const strict = await daemon.post(
        '/echo/jobs',
        { features_path, ...body },
        { prefer: 'handling=strict' },
      );
      expect(strict.status).toBe(400);
    },
  );

  it.each(['', 'not json', '\ufeff{}'])(
    'makes an ended job of a file that holds %j where the runner reads JSON',
    async (content) => {
      const daemon = await inProfile(builtIn);
      await writeFile(features_path, content);
      expect(await taken(daemon, { features_path })).toMatchObject({
        status: 'error',
        attempts: 0,
      });
    },
  );

  it.each(['nowhere.db', '.'])('leaves a database that is %s to the runner', async (db_path) => {
    const daemon = await inProfile();
    const path = db_path === '.' ? dir : join(dir, db_path);
    expect(await taken(daemon, { features_path, db_path: path })).toMatchObject({ status: 'done' });
  });

  it('tells a runner whose manifest lies as the reference does', async () => {
    const daemon = await inProfile();
    daemon.runner.behave = async ({ artifact_path, manifest_path }) => {
      await writeFile(artifact_path, '{}');
      await writeFile(manifest_path, '{"artifact":{"sha256":"deadbeef"}}');
      return { artifact: artifact_path, manifest: manifest_path };
    };
    expect(await taken(daemon, { features_path, track_id: 't' })).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/^validation_failed: /),
    });
  });

  it('tells a runner that fails in its own words', async () => {
    const daemon = await inProfile();
    daemon.runner.behave = () =>
      Promise.reject(new CabError('runner_failed', 'the probe went up in smoke'));
    expect(await taken(daemon, { features_path })).toMatchObject({
      status: 'error',
      error: expect.stringContaining('smoke'),
    });
  });

  it('serves the etag with quotes, or bare as a pointer has it', async () => {
    const daemon = await inProfile();
    await taken(daemon, { features_path, track_id: 't' });
    const pointer = (await (await daemon.get('/echo/index/t.json')).json()) as {
      artifact: string;
      etag: string;
    };
    const { etag } = pointer;
    const answer = await daemon.get(pointer.artifact);
    expect(answer.headers.get('etag')).toBe(isReference ? etag : `"${etag}"`);
    for (const tag of [etag, `"${etag}"`]) {
      const again = await daemon.get(pointer.artifact, { 'if-none-match': tag });
      expect(again.status).toBe(304);
    }
  });

  it('folds leading slashes, in the profile of the reference alone', async () => {
    const daemon = await inProfile();
    const { status } = await daemon.get('//echo/jobs/none');
    expect(status).toBe(404);
    expect((await daemon.get('//healthz')).status).toBe(isReference ? 200 : 404);
  });

  it('takes a body of any type in the profile of the reference, but not of a web page', async () => {
    const daemon = await inProfile();
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await daemon.post('/echo/jobs', { features_path }, form);
    expect(status).toBe(isReference ? 202 : 415);
    for (const page of [{ origin: daemon.url }, { 'sec-fetch-site': 'same-origin' }]) {
      const answer = await daemon.post('/echo/jobs', { features_path }, { ...form, ...page });
      expect(answer.status).toBe(415);
    }
  });

  it('lists all tracks, and beside them what it cannot read', async () => {
    const daemon = await inProfile();
    await taken(daemon, { features_path, track_id: 't' });
    await writeFile(join(daemon.root, 'echo/index/broken.json'), '{nonsense');
    const answer = await daemon.get('/echo/index');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      tracks: [{ track_id: 't', artifact: expect.stringMatching(/^\/echo\/\w+\/\w+\//) }],
      unreadable: [{ file: 'echo/index/broken.json', error: expect.stringContaining('JSON') }],
    });
  });

  it('keeps a runner’s own manifest, completed, with the bounds of the run', async () => {
    const daemon = await inProfile();
    daemon.runner.behave = async ({ out_root }) => {
      const home = join(out_root, 'echo/cfg/src123');
      await mkdir(home, { recursive: true });
      await writeFile(join(home, 'historical_echo.json'), '{}');
      const manifest = join(home, 'manifest.json');
      await writeFile(manifest, '{"config_hash":"other","note":"mine","artifact":{"etag":"own"}}');
      return { artifact: join(home, 'historical_echo.json'), manifest };
    };
    await taken(daemon, { features_path, track_id: 't' });
    const pointer = (await (await daemon.get('/echo/index/t.json')).json()) as {
      manifest: string;
      etag: string;
    };
    expect(pointer.manifest).toBe('/echo/cfg/src123/manifest.json');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    const manifest: unknown = await (await daemon.get(pointer.manifest)).json();
    expect(manifest).toMatchObject({
      ...{ note: 'mine', config_hash: 'cfg', source_hash: 'src123' },
      ...{ started_at: time, ended_at: time },
      artifact: { sha256: pointer.etag, etag: 'own' },
    });
  });
});

it('an odd track has one file, under the name that it has already', async () => {
  const daemon = await served();
  const index = join(daemon.root, 'echo/index');
  await daemon.run('{"n":1}', { track_id: 'what?' });
  expect(await readdir(index)).toEqual(['what%3F.json']);
});
