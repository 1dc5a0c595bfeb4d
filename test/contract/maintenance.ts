import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalBroker } from '../../src/core/engine/local-broker.ts';
import { entryDetail, type DetailLimits } from '../../src/core/maintenance/entry-detail.ts';
import { collectGarbage } from '../../src/core/maintenance/gc/collect.ts';
import { defaultPolicy } from '../../src/core/maintenance/gc/policy.ts';
import { gcPlan, rootReports } from '../../src/core/maintenance/root-reports.ts';
import { repair } from '../../src/core/maintenance/verify/repair/repair.ts';
import { wholeScope } from '../../src/core/maintenance/verify/selection.ts';
import { verifyRoot, type Mend } from '../../src/core/maintenance/verify/verify.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import type { VerifyReport } from '../../src/core/model/report/verify-report.ts';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import { alone, Pace } from '../../src/support/time/pace.ts';
import { scriptedOptions } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import type { MaintainedFixture, MakeMaintained } from './maintained.ts';

const day = 86_400_000;

/** Garbage collection and verify, on all ports of a root together, beside a broker. */
export function describeMaintenance(name: string, make: MakeMaintained): void {
  describe(`${name} as a whole`, () => {
    let fixture: MaintainedFixture;
    let root: MaintainedRoot;
    let broker: LocalBroker;
    beforeEach(async () => {
      fixture = await make();
      root = fixture.open();
      const { stores } = fixture;
      broker = new LocalBroker({ ...scriptedOptions('', new ScriptedRunner()), stores });
    });
    afterEach(async () => {
      await root.close();
      await broker.close();
    });

    const run = async (text: string, track_id: string | null): Promise<JobDocument> => {
      const untracked = track_id === null;
      const { job_id } = await broker.submit({ features_text: text, track_id, untracked });
      const job = await broker.wait(job_id);
      await broker.idle();
      return job;
    };
    const pace = (): Pace => new Pace(alone, undefined);
    const collect = (now: number) =>
      collectGarbage({ root, policy: defaultPolicy, now, dryRun: false, pace: pace() });
    const verify = async (mend?: Mend): Promise<VerifyReport> => {
      const checker = fixture.checker(false);
      const options = { root, checker, scope: wholeScope, sample: null, quick: false };
      const more = { maxAgeMs: null, pace: pace(), now: Date.now(), rootArguments: '' };
      try {
        return await verifyRoot({ ...options, ...more }, mend);
      } finally {
        await checker.close();
      }
    };

    it('loses nothing but what no track, pin or job needs, and gives that back', async () => {
      const [old, latest] = [await run('"old"', 't'), await run('"latest"', 't')];
      const [pinned, free] = [await run('"pinned"', null), await run('"free"', null)];
      await root.pins.add(pinned);
      await collect(Date.now());
      const keys = [old, latest, pinned, free];
      expect(await root.inventory.holds(keys)).toEqual([true, true, true, true]);
      await collect(Date.now() + 60 * day);
      expect(await root.inventory.holds(keys)).toEqual([false, true, true, false]);
      await expect(broker.open(free)).rejects.toMatchObject({ code: 'not_found' });
      expect(await root.restorer.restore(free)).toBe('restored');
      await (await broker.open(free)).close();
      expect(await run('"old"', 't')).toMatchObject({ status: 'done', cached: false });
    });

    it('deletes for good what has lain in the trash, and trims jobs with their logs', async () => {
      const { job_id, ...job } = await run('"free"', null);
      await collect(Date.now() + 60 * day);
      await collect(Date.now() + 62 * day);
      expect(await root.restorer.restore(job)).toBe('gone');
      await expect(broker.job(job_id)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('tells what the last collection did, what the next would do, and what is set aside', async () => {
      const [free, pinned] = [await run('"free"', null), await run('"pinned"', null)];
      await root.pins.add(pinned);
      const now = Date.now() + 60 * day;
      const before = await rootReports(root, now);
      const pins = [{ config_hash: pinned.config_hash, source_hash: pinned.source_hash }];
      expect(before).toEqual({ verify: null, gc: null, quarantine: [], pins });
      const plan = await gcPlan({ root, policy: defaultPolicy, now, pace: pace() });
      expect(plan).toMatchObject({
        ...{ at: new Date(now).toISOString(), more: 0 },
        report: { dry_run: true, entries: { removed: 1, kept: 1 } },
        removals: [{ source_hash: free.source_hash, action: 'remove' }],
      });
      expect(plan.removals[0]?.reason).toMatch(/no track needs it/);
      expect(plan.removals[0]?.bytes).toBeGreaterThan(0);
      expect((await rootReports(root, now)).gc).toBeNull();
      await collect(now);
      await fixture.damageEntry(pinned, 'historical_echo.json');
      await verify((checked) => repair(checked, 'test'));
      const after = await rootReports(root, now);
      expect(after.gc).toMatchObject({ report: { dry_run: false, entries: { removed: 1 } } });
      expect(after.gc?.ended_at.slice(0, 10)).toBe(new Date(now).toISOString().slice(0, 10));
      expect(after.quarantine).toHaveLength(1);
    });

    it('gives who relies on an entry, when it was checked, and what it holds', async () => {
      const { job_id, ...job } = await run('"song"', 'b');
      await run('"song"', 'a');
      const again = await run('"song"', null);
      await run('"other"', 'c');
      const detail = (limits?: DetailLimits) => entryDetail(root, job, pace(), limits);
      const { config_hash, source_hash, submitted_at } = job;
      const before = await detail();
      expect(before).toMatchObject({
        ...{ config_hash, source_hash, verified_at: null, pinned: false, tracks: ['a', 'b'] },
        created_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        files: [{ path: 'historical_echo.json', artifact: true, sha256: job.result?.etag }],
        jobs: [{ job_id: again.job_id, track_id: null }, { track_id: 'a' }, { track_id: 'b' }],
        whole: true,
      });
      expect(before.jobs[2]).toEqual({
        ...{ job_id, status: 'done', track_id: 'b', cached: false, submitted_at },
      });
      await root.pins.add(job);
      await verify();
      const after = await detail();
      expect(after).toMatchObject({ pinned: true });
      expect(Date.parse(after.verified_at ?? '')).toBeGreaterThan(0);
      const few = await detail({ pointers: 100, jobs: 100, named: 2 });
      expect(few).toMatchObject({ jobs: [{ job_id: again.job_id }, {}], whole: false });
      for (const limits of [
        { pointers: 1, jobs: 100, named: 100 },
        { pointers: 100, jobs: 1, named: 100 },
      ])
        expect(await detail(limits)).toMatchObject({ whole: false });
      await fixture.damagePointer('c');
      expect(await detail()).toMatchObject({ tracks: ['a', 'b'], whole: false });
      const gone = { config_hash, source_hash: 'nothing' };
      await expect(entryDetail(root, gone, pace())).rejects.toMatchObject({ code: 'not_found' });
    });

    it('is found sound, then damaged, and is mended', async () => {
      const [sound, damaged] = [await run('"sound"', 'sound'), await run('"damaged"', 'damaged')];
      expect(await verify()).toMatchObject({ sound: true, entries: { found: 2, checked: 2 } });
      await fixture.damageEntry(damaged, damaged.result?.artifact_path.split('/').at(-1) ?? '');
      await fixture.damagePointer('sound');
      const classes = ({ findings }: VerifyReport): string[] => findings.map((one) => one.class);
      expect(classes(await verify())).toEqual(expect.arrayContaining(['corrupt', 'corrupt']));
      await verify((found) => repair(found, 'test'));
      expect(await root.inventory.holds([sound, damaged])).toEqual([true, false]);
      expect(await broker.pointer('sound')).toMatchObject({ source_hash: sound.source_hash });
      expect(await run('"damaged"', 'damaged')).toMatchObject({ status: 'done', cached: false });
      expect(await verify()).toMatchObject({ sound: true, entries: { found: 2 } });
    });
  });
}
