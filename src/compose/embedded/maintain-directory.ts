/** The maintenance of a root on this machine. Loaded with the first call. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { GcDecision } from '../../core/model/report/gc-report.ts';
import { sampleOf } from '../../core/model/report/sample.ts';
import { beside, Pace } from '../../support/time/pace.ts';
import type { RootPlace } from '../stores/store-choice.ts';
import { collectRoot } from '../upkeep/collect-root.ts';
import { withPins } from '../upkeep/pin-entries.ts';
import { removeTracksOf } from '../upkeep/remove-tracks.ts';
import { prepareCheck, rememberCheck } from '../upkeep/verify-root.ts';
import type { MaintainedStore } from './maintenance.ts';

/** @param version of cab, for what a repair writes */
export const maintainDirectory = (root: RootPlace, version: string): MaintainedStore => ({
  verify: async ({ paths = [], sample, threads, repair = false, signal, onProgress, ...asked }) => {
    const check = await prepareCheck({
      ...root,
      places: paths.map((path) => resolve(root.root, path)),
      quick: asked.quick ?? false,
      maxAgeMs: asked.maxAgeMs ?? null,
      sample: sample === undefined ? null : (sampleOf(sample) ?? null),
      threads: threads ?? availableParallelism(),
      pace: new Pace(beside, signal),
      rootArguments: `--cas-root ${root.root}`,
    });
    const { report } = await check.run(onProgress, repair ? version : undefined);
    if (check.isWhole) await rememberCheck(root.root, report);
    return report;
  },
  gc: async ({ dryRun = false, signal, onProgress, ...policy }) => {
    const decisions: GcDecision[] = [];
    const report = await collectRoot({
      ...{ ...root, dryRun, policy },
      pace: new Pace(beside, signal),
      onDecision: (decision) => void decisions.push(decision),
      ...(onProgress && { onProgress }),
    });
    return { ...report, decisions };
  },
  pins: () => withPins(root, (pinning) => pinning.list()),
  pin: (entry) => withPins(root, (pinning) => pinning.pin(entry)),
  unpin: (entry) => withPins(root, (pinning) => pinning.unpin(entry)),
  restore: (entry) => withPins(root, (pinning) => pinning.restore(entry)),
  removeTracks: (pattern, dryRun) => removeTracksOf(root, pattern, { dryRun }),
});
