import { expect, it } from 'vitest';
import {
  Migration,
  type MigrateOptions,
} from '../../../../src/core/maintenance/migration/context.ts';
import { copyJobs } from '../../../../src/core/maintenance/migration/jobs.ts';
import type { JobFilter } from '../../../../src/core/ports/jobs/job-records.ts';
import { MemoryJobStore } from '../../../../src/stores/memory/jobs/memory-job-store.ts';
import { MemoryLogStore } from '../../../../src/stores/memory/memory-log-store.ts';
import { alone, Pace } from '../../../../src/support/time/pace.ts';
import { newJob, resultOf } from '../../../helpers/jobs.ts';

/** Takes hundreds of jobs more with each look at it, as beside a daemon. */
class BusyStore extends MemoryJobStore {
  isBusy = false;

  async fill(jobs: number): Promise<void> {
    await this.submit(Array.from({ length: jobs }, () => newJob('a', { hit: resultOf('a') })));
  }

  override async outlines(filter: JobFilter) {
    const found = await super.outlines(filter);
    if (this.isBusy) await this.fill(300);
    return found;
  }
}

it('copies all jobs that were there when it began, in their order, and the others with the next run', async () => {
  const [old, store] = [new BusyStore(), new MemoryJobStore()];
  await old.fill(450);
  const side = (jobs: MemoryJobStore) => ({
    jobs: { place: 'memory', where: 'memory', existing: async () => jobs, made: async () => jobs },
    jobLogs: new MemoryLogStore(),
  });
  const run = async (): Promise<Migration> => {
    const options = { from: side(old), to: side(store), isInUse: true };
    // Jobs alone are copied, so the other ports are never asked.
    const migration = new Migration({
      ...options,
      pace: new Pace(alone, undefined),
    } as unknown as MigrateOptions);
    await copyJobs(migration);
    return migration;
  };
  old.isBusy = true;
  expect(await run()).toMatchObject({ jobs: { copied: 450, there: 0, left: 0 }, problems: [] });
  old.isBusy = false;
  const { done } = await old.counts();
  expect(await run()).toMatchObject({ jobs: { copied: done - 450, there: 450 }, problems: [] });
  expect(await store.outlines({ limit: 10_000 })).toEqual(await old.outlines({ limit: 10_000 }));
});
