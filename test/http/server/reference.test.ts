import { chmod, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';

/** What a client of the reference contract does and sees, with nothing added. */
describe('the reference surface', () => {
  it('takes a job, tells of it, and serves its artifact, manifest and pointer', async () => {
    const { post, get, features } = await served();
    const accepted = await post('/echo/jobs', {
      features_path: await features('{"tempo": 120}'),
      track_id: 'My Song.mp3',
      run_id: 'run-1',
      config_hash: null,
      db_path: null,
      db_hash: null,
      probe: { top_k: 3 },
      runner_kwargs: {},
    });
    expect(accepted.status).toBe(202);
    const { job_id, status } = (await accepted.json()) as { job_id: string; status: string };
    expect(status).toBe('pending');
    expect(accepted.headers.get('location')).toBe(`/echo/jobs/${job_id}`);

    const job = await until(async () => {
      const answer = await get(`/echo/jobs/${job_id}`);
      expect(answer.status).toBe(200);
      const document = (await answer.json()) as { status: string; error: null; result: Result };
      return document.status === 'done' && document;
    });
    expect(job.error).toBeNull();
    expect(await readFile(job.result.artifact_path, 'utf8')).toBe('computed from {"tempo": 120}');

    const pointer = await get('/echo/index/My%20Song.mp3.json');
    expect(pointer.status).toBe(200);
    expect(pointer.headers.get('cache-control')).toBe('max-age=60');
    const named = (await pointer.json()) as Record<string, string>;
    expect(Object.keys(named).sort()).toEqual([
      'artifact',
      'config_hash',
      'etag',
      'manifest',
      'source_hash',
      'track_id',
    ]);
    expect(named).toMatchObject({ track_id: 'My Song.mp3', etag: job.result.etag });

    const entry = `/echo/${named['config_hash'] ?? ''}/${named['source_hash'] ?? ''}`;
    expect(named).toMatchObject({
      artifact: `${entry}/historical_echo.json`,
      manifest: `${entry}/manifest.json`,
    });
    const artifact = await get(named['artifact'] ?? '');
    expect(artifact.status).toBe(200);
    expect(artifact.headers.get('etag')).toBe(`"${job.result.etag}"`);
    expect(artifact.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await artifact.text()).toBe('computed from {"tempo": 120}');

    const manifest = await get(named['manifest'] ?? '');
    expect(manifest.status).toBe(200);
    expect(manifest.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await manifest.json()).toMatchObject({ artifact: { etag: job.result.etag } });

    for (const tag of [job.result.etag, `"${job.result.etag}"`]) {
      const again = await get(named['artifact'] ?? '', { 'if-none-match': tag });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe('');
    }
  });

  it('tells a failed job with its error and no result', async () => {
    const { runner, run, get } = await served();
    runner.behave = () => Promise.reject(new Error('no such tempo'));
    const job = await run('{"n":1}');
    expect(await (await get(`/echo/jobs/${job.job_id}`)).json()).toMatchObject({
      status: 'error',
      error: expect.stringContaining('no such tempo') as string,
      result: null,
    });
  });

  it.each([
    ['no JSON', 'not json', 400, 'invalid_json'],
    ['an empty body', '', 400, 'features_path_missing'],
    ['a body of white space', ' ', 400, 'invalid_json'],
    ['JSON that breaks off', '{"features_path": "/x', 400, 'invalid_json'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, 'invalid_json'],
    ['a byte order mark', '\ufeff{}', 400, 'invalid_json'],
    ['no path', '{}', 400, 'features_path_missing'],
    ['a path that is null', '{"features_path":null}', 400, 'features_path_missing'],
    ['a path that is empty', '{"features_path":""}', 400, 'features_path_missing'],
    ['a list', '[]', 400, 'invalid_request'],
    ['a path that is a number', '{"features_path":7}', 400, 'invalid_request'],
    ['a path that is not there', '{"features_path":"/no/such.json"}', 400, 'features_path_missing'],
    ['a path with a NUL', '{"features_path":"/tmp/a\\u0000b"}', 400, 'features_path_missing'],
    ['a path that is a directory', '{"features_path":"/tmp"}', 400, 'features_path_missing'],
    ['an unknown field', '{"features":{},"colour":1}', 400, 'invalid_request'],
    ['an unsafe config hash', '{"features":{},"config_hash":"../x"}', 400, 'invalid_request'],
  ])('refuses a submission with %s', async (_, body, status, error) => {
    const { url, broker } = await served();
    const answer = await fetch(`${url}/echo/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ error, status });
    expect((await broker.jobs()).jobs).toEqual([]);
  });

  it('names the field that is wrong, and what was expected', async () => {
    const { post } = await served();
    const detailOf = async (body: unknown) =>
      ((await (await post('/echo/jobs', body)).json()) as { detail: string }).detail;
    expect(await detailOf({ features: {}, max_attempts: 0 })).toBe(
      'max_attempts: expected at least 1',
    );
    expect(await detailOf({ features: {}, force: 'yes' })).toBe('force: expected true or false');
    expect(await detailOf({ features: {}, colour: 1 })).toBe('colour: there is no such field');
    expect(await detailOf('{"features":{},\n "probe": [}')).toMatch(/line 2, column 12/);
  });

  it('says not_found of jobs, tracks and entries that are not there', async () => {
    const { get } = await served();
    for (const path of [
      '/echo/jobs/nothing',
      '/echo/jobs/0190b5a0-0000-7000-8000-000000000000',
      '/echo/index/nothing.json',
      `/echo/${'a'.repeat(64)}/${'b'.repeat(64)}/historical_echo.json`,
      '/nowhere',
    ]) {
      const answer = await get(path);
      expect(answer.status, path).toBe(404);
      expect(await answer.json()).toMatchObject({ error: 'not_found' });
    }
  });

  it('says hash_mismatch of bytes that were changed, and never sends them', async () => {
    const { get, run } = await served();
    const job = await run('{"a":1}', { track_id: 'changed' });
    const path = job.result?.artifact_path ?? '';
    const url = `/echo/${job.config_hash}/${job.source_hash}/historical_echo.json`;
    expect((await get(url)).status).toBe(200);
    await chmod(path, 0o644);
    for (const bytes of ['tampered from {"a":1}', 'computed from {"a":1}x', '']) {
      await writeFile(path, bytes);
      const answer = await get(url);
      expect(answer.status).toBe(500);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('etag')).toBeNull();
      expect(await answer.json()).toMatchObject({ error: 'hash_mismatch', status: 500 });
      const conditional = await get(url, { 'if-none-match': job.result?.etag ?? '' });
      expect(conditional.status).toBe(500);
    }
    await writeFile(path, 'computed from {"a":1}');
    expect(await (await get(url)).text()).toBe('computed from {"a":1}');
  });

  it('answers queue_full with 429 and Retry-After', async () => {
    const { post, runner } = await served({ limits: { retryAfterS: 7 } }, { queueLimit: 0 });
    const answer = await post('/echo/jobs', { features: { n: 1 } });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(await answer.json()).toMatchObject({ error: 'queue_full' });
    expect(runner.calls).toBe(0);
  });
});

interface Result {
  artifact_path: string;
  manifest_path: string;
  etag: string;
}
