import { beforeEach, describe, expect, it } from 'vitest';
import type { GcReport } from '../../src/core/model/report/gc-report.ts';
import type { LastCheck } from '../../src/core/model/report/last-reports.ts';
import type { ReportStore } from '../../src/core/ports/maintenance/report-store.ts';

/** `open` gives a handle on the same reports each time. */
export function describeReportStore(
  name: string,
  make: () => Promise<{ open: () => ReportStore }>,
): void {
  describe(`${name} as a report store`, () => {
    let first: ReportStore;
    let second: ReportStore;
    beforeEach(async () => {
      const { open } = await make();
      first = open();
      second = open();
    });

    it('has no report before there was one', async () => {
      expect(await first.lastCheck()).toBeUndefined();
      expect(await first.lastCollection()).toBeUndefined();
    });

    it('shows every handle the last report of each kind, whole', async () => {
      const collection = { ended_at: '2026-01-03T00:00:00.000Z', report: gcReport };
      await first.keepCheck(checkWith(1));
      await first.keepCollection(collection);
      await first.keepCheck(checkWith(3));
      expect(await second.lastCheck()).toEqual(checkWith(3));
      expect(await second.lastCollection()).toEqual(collection);
    });

    it('keeps one of many that come at once', async () => {
      const checks = Array.from({ length: 20 }, (_, n) => checkWith(n));
      await Promise.all(checks.map((check, n) => (n % 2 === 0 ? first : second).keepCheck(check)));
      expect(checks).toContainEqual(await second.lastCheck());
    });
  });
}

const checkWith = (corrupt: number): LastCheck => ({
  ended_at: '2026-01-02T00:00:00.000Z',
  counts: { corrupt },
  report: {
    ...{ sound: corrupt === 0, quick: false, bytes: 12, pointers: 1, elapsed_s: 0.5 },
    entries: { found: 4, checked: 4, fresh: 0, unsampled: 0 },
    notes: ['a note'],
    findings: Array.from({ length: corrupt }, (_, n) => ({
      ...{ class: 'corrupt' as const, path: `echo/c/${n}`, message: 'wrong bytes' },
      ...{ key: { config_hash: 'c', source_hash: `${n}` }, expected: 'e', actual: 'a' },
      ...{ tracks: ['t'], jobs: [], mend: null, repaired: null },
    })),
  },
});

const gcReport: GcReport = {
  dry_run: false,
  policy: {
    ...{ keep_last: 1, keep_days: 30, max_size: null, grace_s: 60 },
    ...{ track_days: null, keep_jobs: 10, keep_job_days: 30, quarantine_days: null },
  },
  entries: { seen: 3, kept: 2, removed: 1, removed_bytes: 9, failed: 0, kept_bytes: null, over: 0 },
  trash: { put_back: 0, deleted: 0, waiting: 1 },
  swept: { staging: 0, temporary: 0, quarantine: 0, logs: 0, inputs: 0, cache: 0, directories: 0 },
  jobs: { trimmed: 0, results: 0, aliases: 0, digests: 0 },
  ...{ tracks: [], unreadable: [], notes: [], elapsed_s: 0.1, decisions: [] },
};
