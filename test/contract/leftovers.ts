import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../src/core/ports/jobs/job-store.ts';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import { newJob, owner, scopeOf } from '../helpers/jobs.ts';
import { all, publish, type MaintainedFixture, type MakeMaintained } from './maintained.ts';

export function describeLeftovers(name: string, make: MakeMaintained): void {
  describe(`${name} as an inventory of leftovers`, () => {
    let fixture: MaintainedFixture;
    let root: MaintainedRoot;
    let jobs: JobStore;
    const told: string[] = [];
    const tell = ({ message }: { message: string }): void => void told.push(message);
    beforeEach(async () => {
      fixture = await make();
      root = fixture.open();
      jobs = await root.jobs.made();
    });
    afterEach(async () => {
      await root.close();
      await fixture.stores.close();
      expect(told).toEqual([]);
    });

    it('finds nothing at first', async () => {
      expect(await root.leftovers.attempts(jobs)).toEqual([]);
      expect(await root.leftovers.attempts(undefined)).toEqual([]);
      expect(await root.leftovers.unfinished()).toEqual([]);
      expect(await root.leftovers.evidence()).toMatchObject({ count: 0 });
      expect(await root.leftovers.sweep(jobs, tell)).toEqual({ staging: 0, temporary: 0 });
      expect(await all(root.logs.ids())).toEqual([]);
    });

    it('removes staging of attempts that do not run, and of no other', async () => {
      const { workspace } = fixture.stores;
      await jobs.submit([newJob('runs')]);
      const [running] = await jobs.claim(scopeOf(owner(process.pid)), 1);
      if (running === undefined) throw new Error('nothing was claimed');
      await workspace.stage(running.id, running.attempts);
      await workspace.stage('gone', 1);
      expect(await root.leftovers.attempts(undefined)).toHaveLength(2);
      const [place, ...others] = await listed(root.leftovers.attempts(jobs));
      expect(others).toEqual([]);
      expect(await root.leftovers.isThere(place ?? '')).toBe(true);
      expect(await root.leftovers.sweep(jobs, tell)).toMatchObject({ staging: 1 });
      expect(await root.leftovers.isThere(place ?? '')).toBe(false);
      expect(await root.leftovers.attempts(undefined)).toHaveLength(1);
      expect(await root.leftovers.sweep(jobs, tell)).toMatchObject({ staging: 0 });
    });

    it('counts what was set aside, without the notes about it', async () => {
      for (const entry of ['a', 'b'])
        await root.repair.setAside(await publish(fixture.stores, entry), { why: 'a test' });
      expect(await root.leftovers.evidence()).toMatchObject({
        count: 2,
        where: expect.any(String) as string,
      });
    });

    it('lists jobs that have a log, and removes logs', async () => {
      const { logs } = fixture.stores;
      for (const job of ['one', 'two']) {
        const log = logs.begin(job, 1);
        log.write(`${job}\n`);
        await log.close();
      }
      expect((await all(root.logs.ids())).sort()).toEqual(['one', 'two']);
      expect(await root.logs.remove('one', tell)).toBe(true);
      expect(await root.logs.remove('one', tell)).toBe(true);
      expect(await all(root.logs.ids())).toEqual(['two']);
      expect((await logs.read('one', 0)).text).toBe('');
      expect((await logs.read('two', 0)).text).toBe('two\n');
    });
  });
}

async function listed(asked: ReturnType<MaintainedRoot['leftovers']['attempts']>) {
  const found = await asked;
  if ('kind' in found) throw new Error(`${found.place}: ${found.errno}`);
  return found;
}
