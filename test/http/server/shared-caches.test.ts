import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Client } from 'undici';
import { served } from '../../helpers/served.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const authorization = 'Bearer secret';

it('an artifact that takes a token is for private caches alone, also from memory', async () => {
  const socket = join(await tempDir(), 'daemon.sock');
  const tokens = [{ token: 'secret', role: 'write' }] as const;
  const { url, get, broker } = await served({ tokens, socket });
  const { job_id } = await broker.submit({ features_text: '{"n":1}' });
  const { result } = await broker.wait(job_id);
  const { config_hash, source_hash } = (await broker.job(job_id)) as never as Record<
    string,
    string
  >;
  const path = `/echo/${config_hash}/${source_hash}/historical_echo.json`;
  expect(result).not.toBeNull();
  // What one caller has brought into memory, another is given.
  const own = new Client('http://localhost', { socketPath: socket });
  for (let n = 0; n < 2; n += 1) {
    const answer = await own.request({ method: 'GET', path });
    expect(answer.statusCode).toBe(200);
    await answer.body.dump();
  }
  await own.close();
  for (let n = 0; n < 3; n += 1) {
    const answer = await get(path, { authorization });
    expect(answer.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
  }
  expect((await fetch(url + path)).status).toBe(401);
});

it('the manifest of no name is asked for anew each time, for another entry may stand there later', async () => {
  const { run, get } = await served();
  const { config_hash, source_hash } = await run('{}');
  const answer = await get(`/echo/${config_hash}/${source_hash}`);
  expect(answer.headers.get('cache-control')).toBe('no-cache');
});
