/** The maintenance of a root in memory. Loaded with the first call. */
import { collectGarbage } from '../../core/maintenance/gc/collect.ts';
import { defaultPolicy } from '../../core/maintenance/gc/policy.ts';
import { Pinning } from '../../core/maintenance/pinning.ts';
import { removeTracks } from '../../core/maintenance/remove-tracks.ts';
import { repair as repairAll } from '../../core/maintenance/verify/repair/repair.ts';
import { selectionOf } from '../../core/maintenance/verify/selection.ts';
import { verifyRoot } from '../../core/maintenance/verify/verify.ts';
import type { GcDecision } from '../../core/model/report/gc-report.ts';
import { sampleOf } from '../../core/model/report/sample.ts';
import { MemoryChecker } from '../../stores/memory/maintenance/memory-checker.ts';
import { beside, Pace } from '../../support/time/pace.ts';
import { maintainMemoryRoot } from '../stores/maintain-memory-root.ts';
import type { MemoryRootOptions } from '../stores/open-memory-root.ts';
import type { MaintainedStore } from './maintenance.ts';

/** @param version of cab, for what a repair writes */
export function maintainMemory(
  options: Omit<MemoryRootOptions, 'logger'>,
  version: string,
): MaintainedStore {
  const maintained = maintainMemoryRoot(options);
  const pinning = new Pinning(maintained);
  return {
    verify: ({ paths = [], sample, quick = false, repair = false, signal, onProgress, maxAgeMs }) =>
      verifyRoot(
        {
          root: maintained,
          scope: selectionOf(
            '/',
            paths.map((path) => `/${path}`),
          ),
          sample: sample === undefined ? null : (sampleOf(sample) ?? null),
          ...{ quick, maxAgeMs: maxAgeMs ?? null, now: Date.now(), rootArguments: '' },
          checker: new MemoryChecker(options.root.entries, quick),
          pace: new Pace(beside, signal),
          ...(onProgress && { onProgress }),
        },
        async (checked) => (repair ? repairAll(checked, version) : undefined),
      ),
    gc: async ({ dryRun = false, signal, onProgress, ...policy }) => {
      const decisions: GcDecision[] = [];
      const report = await collectGarbage({
        ...{ root: maintained, dryRun, now: Date.now(), policy: { ...defaultPolicy, ...policy } },
        pace: new Pace(beside, signal),
        onDecision: (decision) => void decisions.push(decision),
        ...(onProgress && { onProgress }),
      });
      return { ...report, decisions };
    },
    pins: () => pinning.list(),
    pin: (entry) => pinning.pin(entry),
    unpin: (entry) => pinning.unpin(entry),
    restore: (entry) => pinning.restore(entry),
    removeTracks: (pattern, dryRun) => removeTracks(maintained, pattern, { dryRun }),
  };
}
