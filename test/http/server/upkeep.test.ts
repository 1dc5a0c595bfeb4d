import { expect, it } from 'vitest';
import { entryDetailSchema } from '../../../src/core/model/report/entry-detail.ts';
import { served } from '../../helpers/served.ts';

it('tells who relies on an entry, beside a broker that has it open', async () => {
  const { run, get } = await served();
  const job = await run('{"a":1}', { track_id: 'ballad' });
  const answer = await get(
    `/echo/entry?config_hash=${job.config_hash}&source_hash=${job.source_hash}`,
  );
  expect(answer.status).toBe(200);
  expect(entryDetailSchema.parse(await answer.json())).toMatchObject({
    ...{ config_hash: job.config_hash, tracks: ['ballad'], whole: true },
    jobs: [{ job_id: job.job_id }],
    files: [{ sha256: job.result?.etag }],
  });
});

it.each([
  ['config_hash=a&source_hash=b', 404, 'not_found'],
  ['config_hash=a', 400, 'invalid_request'],
  ['config_hash=a&source_hash=..', 400, 'invalid_request'],
  ['config_hash=jobs&source_hash=b', 400, 'invalid_request'],
])('refuses an entry that is %s', async (query, status, error) => {
  const { get } = await served();
  const answer = await get(`/echo/entry?${query}`);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ error });
});
