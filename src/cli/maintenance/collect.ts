/** Runs a collection for a command: policy from the settings, progress on the terminal. */
import {
  collectRoot,
  flushRoot,
  type AskedPolicy,
  type CollectOptions,
} from '../../compose/upkeep/collect-root.ts';
import type { RootPlace } from '../../compose/stores/store-choice.ts';
import type { WrittenThrough } from '../../core/model/report/written-through.ts';
import type { GcReport } from '../../core/model/report/gc-report.ts';
import { alone, Pace } from '../../support/time/pace.ts';
import type { Config } from '../settings/config.ts';
import { gcPolicy } from '../settings/flags.ts';
import type { Services } from '../services.ts';
import { withSteps } from './step-progress.ts';

const dayMs = 86_400_000;

export function policyOf(settings: Config, graceMs: number): AskedPolicy {
  const quarantineDays = settings.get(gcPolicy.quarantine_days);
  const trackDays = settings.get(gcPolicy.track_days);
  return {
    keepLast: settings.get(gcPolicy.keep_last),
    keepMs: settings.get(gcPolicy.keep_days) * dayMs,
    trackMs: trackDays === undefined ? null : trackDays * dayMs,
    maxSize: settings.get(gcPolicy.max_size) ?? null,
    graceMs,
    keepJobs: settings.get(gcPolicy.keep_jobs),
    keepJobMs: settings.get(gcPolicy.keep_job_days) * dayMs,
    quarantineMs: quarantineDays === undefined ? null : quarantineDays * dayMs,
  };
}

/** Throws what `writeThroughRoot` throws. */
export const flushHere = (place: RootPlace): Promise<WrittenThrough> => flushRoot(place);

/** Runs the collection. Throws what `collectRoot` throws, and the reason of an interruption. */
export const collectHere = (
  asked: Omit<CollectOptions, 'pace' | 'onProgress'>,
  services: Services,
): Promise<GcReport> =>
  withSteps(services, (onProgress) =>
    collectRoot({ ...asked, pace: new Pace(alone, services.interruption()), onProgress }),
  );
