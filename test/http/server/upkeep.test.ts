import { expect, it } from 'vitest';
import { entryDetailSchema } from '../../../src/core/model/report/entry-detail.ts';
import { gcPlanSchema, rootReportsSchema } from '../../../src/core/model/report/root-reports.ts';
import { collectRoot } from '../../../src/compose/upkeep/collect-root.ts';
import { startServer } from '../../../src/http/server/server.ts';
import { alone, Pace } from '../../../src/support/time/pace.ts';
import { fileNames } from '../../helpers/file-names.ts';
import { listening } from '../../helpers/listening.ts';
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

it('tells of the entry to which a predicted key leads', async () => {
  const { run, get, runner, broker } = await served();
  const { key } = await broker.explain({ features_text: '{"a":1}' });
  runner.publishUnder = { config_hash: 'elsewhere', source_hash: 'led' };
  await run('{"a":1}');
  const query = `config_hash=${key.config_hash}&source_hash=${key.source_hash}`;
  const answer = await get(`/echo/entry?${query}`);
  expect(entryDetailSchema.parse(await answer.json())).toMatchObject(runner.publishUnder);
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

it('reports how the root is kept, and what gc would remove, which it does not', async () => {
  const { run, get, root } = await served();
  expect(await (await get('/echo/reports')).json()).toEqual({
    ...{ verify: null, gc: null, quarantine: [], pins: [] },
  });
  const free = [
    await run('{"a":1}', { untracked: true }),
    await run('{"b":1}', { untracked: true }),
  ];
  const kept = await run('{"c":1}', { track_id: 'ballad' });
  const plan = gcPlanSchema.parse(await (await get('/echo/gc-plan')).json());
  expect(plan).toMatchObject({
    report: { dry_run: true, entries: { removed: 2, kept: 1 } },
    more: 0,
  });
  expect(plan.removals.map(({ source_hash }) => source_hash).toSorted()).toEqual(
    free.map(({ source_hash }) => source_hash).toSorted(),
  );
  const short = gcPlanSchema.parse(await (await get('/echo/gc-plan?limit=1')).json());
  expect(short).toMatchObject({ at: plan.at, removals: plan.removals.slice(0, 1), more: 1 });
  for (const job of [...free, kept])
    expect((await get(`/echo/${job.config_hash}/${job.source_hash}`)).status).toBe(200);
  const policy = { keepMs: 0, settleMs: 0 };
  const asked = { root, ...fileNames, policy, dryRun: false, pace: new Pace(alone, undefined) };
  const { entries } = await collectRoot(asked);
  const reports = rootReportsSchema.parse(await (await get('/echo/reports')).json());
  expect(reports.gc?.report).toMatchObject({ dry_run: false, entries, decisions: [] });
});

it('says so where nothing is known of the root', async () => {
  const { broker } = await served();
  const server = await startServer({ broker, version: 'test', ...listening() });
  try {
    for (const path of [
      '/echo/reports',
      '/echo/gc-plan',
      '/echo/entry?config_hash=a&source_hash=b',
    ]) {
      const answer = await fetch(server.address + path);
      expect(answer.status, path).toBe(404);
      expect(await answer.json()).toMatchObject({ error: 'not_found' });
    }
  } finally {
    await server.close(0);
  }
});
