/** A collection as a command starts it: its policy from the settings, what moves on the terminal meanwhile. */
import { layoutOf } from '../../stores/local/layout.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import type { GcOptions } from '../../core/maintenance/gc/context.ts';
import { collectGarbage } from '../../core/maintenance/gc/collect.ts';
import { alone, Pace } from '../../support/pace.ts';
import { defaultPolicy, type GcPolicy } from '../../core/maintenance/gc/policy.ts';
import type { GcReport } from '../../core/model/gc-report.ts';
import type { Config } from '../settings/config.ts';
import { gcPolicy } from '../settings/flags.ts';
import type { Services } from '../services.ts';
import { withSteps } from './step-progress.ts';

const dayMs = 86_400_000;

export function policyOf(settings: Config, graceMs: number): GcPolicy {
  const quarantineDays = settings.get(gcPolicy.quarantine_days);
  return {
    ...defaultPolicy,
    keepLast: settings.get(gcPolicy.keep_last),
    keepMs: settings.get(gcPolicy.keep_days) * dayMs,
    maxSize: settings.get(gcPolicy.max_size) ?? null,
    graceMs,
    keepJobs: settings.get(gcPolicy.keep_jobs),
    keepJobMs: settings.get(gcPolicy.keep_job_days) * dayMs,
    quarantineMs: quarantineDays === undefined ? null : quarantineDays * dayMs,
  };
}

type Asked = Pick<
  GcOptions,
  'artifactName' | 'manifestName' | 'policy' | 'dryRun' | 'onDecision'
> & {
  readonly root: string;
};

/** Throws what `collectGarbage` throws, and the reason of an interruption. */
export async function collectHere(asked: Asked, services: Services): Promise<GcReport> {
  refuseFileAsRoot(asked.root);
  return withSteps(services, (onProgress) =>
    collectGarbage({
      ...asked,
      layout: layoutOf(asked.root),
      pace: new Pace(alone, services.interruption()),
      now: Date.now(),
      onProgress,
    }),
  );
}
