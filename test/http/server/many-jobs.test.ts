import { expect, it } from 'vitest';
import { CabError } from '../../../src/core/model/errors.ts';
import { manyChangedSchema } from '../../../src/core/model/job/many-jobs.ts';
import { served } from '../../helpers/served.ts';

it('submits no file again that lies outside of the allowed directories', async () => {
  const { post, features, broker, runner } = await served({ allowRoots: ['/usr'] });
  runner.behave = () => Promise.reject(new CabError('runner_failed', 'no'));
  const { job_id } = await broker.submit({ features_path: await features('{"a":1}') });
  await broker.wait(job_id);
  const answer = manyChangedSchema.parse(await (await post('/echo/jobs/retry', {})).json());
  expect(answer).toMatchObject({
    ...{ matched: 1, changed: 0, jobs: [], refused: [{ job_id, error: 'path_refused' }] },
  });
});

it('lets a reader change nothing', async () => {
  const { post } = await served({ tokens: [{ token: 'looks', role: 'read' }] });
  const reader = { authorization: 'Bearer looks' };
  for (const path of ['/echo/jobs/cancel', '/echo/jobs/retry'])
    expect((await post(path, { dry_run: true }, reader)).status).toBe(403);
});

it.each([
  [{ colour: 'red' }, 'colour'],
  [{ status: 'gone' }, 'status'],
  [{ limit: 1001 }, 'limit'],
  [{ cursor: 'x' }, 'cursor'],
  [{ jobs: 'all' }, 'jobs'],
  [{ jobs: [], track: 'a' }, 'jobs'],
])('refuses %o', async (body, field) => {
  const { post } = await served();
  const answer = await post('/echo/jobs/cancel', body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: 'invalid_request', details: { field } });
});

it('has no job of these names, and refuses other methods there', async () => {
  const { get } = await served();
  for (const name of ['cancel', 'retry']) {
    const answer = await get(`/echo/jobs/${name}`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  }
});
