import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { jobAccess } from '../../../src/compose/stores/job-access.ts';
import { jobStoreHealth } from '../../../src/core/maintenance/job-store-health.ts';
import { Database } from '../../../src/stores/sqlite/database/database.ts';
import { alone, Pace } from '../../../src/support/time/pace.ts';
import { CollectedRoot } from '../../helpers/collected-root.ts';

const at = new CollectedRoot();
const pageSize = 4096;

async function health() {
  const access = jobAccess(at.layout, false);
  try {
    const pace = new Pace(alone, undefined);
    return await jobStoreHealth(access, { pace, onProgress: () => undefined });
  } finally {
    await access.close();
  }
}

it('counts the jobs of a sound job store, and finds none where there is none', async () => {
  expect(await health()).toEqual({});
  await at.done('1');
  await at.done('2');
  expect(await health()).toEqual({ jobs: 2, unwritten: 0 });
});

it('takes for lost the content of a job store of which an index is damaged', async () => {
  await at.done('1');
  await at.broker.close();
  const db = await Database.open(at.layout.jobs);
  const name = 'jobs_ready';
  const page = Number(db.value('SELECT rootpage FROM sqlite_schema WHERE name = @name', { name }));
  await db.close();
  const bytes = readFileSync(at.layout.jobs);
  bytes.fill(0xff, (page - 1) * pageSize, page * pageSize);
  writeFileSync(at.layout.jobs, bytes);
  expect(await health()).toMatchObject({
    damage: { code: 'queue_unreadable', message: expect.stringMatching(/is damaged: /) as string },
  });
});
