/** A collection as a command starts it: its policy from the settings, what moves on the terminal meanwhile. */
import { WriteStream } from 'node:tty';
import { layoutOf } from '../core/cas/layout.ts';
import type { GcOptions, GcProgress } from '../core/maintenance/gc/context.ts';
import { collectGarbage } from '../core/maintenance/gc/index.ts';
import { alone, Pace } from '../core/maintenance/pace.ts';
import { defaultPolicy, type GcPolicy } from '../core/maintenance/gc/policy.ts';
import type { GcReport } from '../core/model/gc-report.ts';
import { stepText } from '../render/progress.ts';
import type { Config } from './config.ts';
import { gcPolicy } from './gc-flags.ts';
import { isLive, type Services } from './services.ts';

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

type Asked = Pick<GcOptions, 'manifestName' | 'policy' | 'dryRun' | 'onDecision'> & {
  readonly root: string;
};

/** Throws what `collectGarbage` throws, and the reason of an interruption. */
export async function collectHere(asked: Asked, services: Services): Promise<GcReport> {
  const { stderr, env } = services;
  const signal = services.interruption();
  let progress: GcProgress = { step: 'beginning', done: 0, total: undefined };
  let since = performance.now();
  const work = collectGarbage({
    ...asked,
    layout: layoutOf(asked.root),
    pace: new Pace(alone, signal),
    now: Date.now(),
    onProgress: (now) => {
      if (now.step !== progress.step) since = performance.now();
      progress = now;
    },
  });
  if (!isLive(stderr, env) || !(stderr instanceof WriteStream)) return work;
  const { during } = await import('./progress-view.ts');
  const text = (): string =>
    stepText(progress.step, { ...progress, elapsed: performance.now() - since });
  return during(stderr, text, work);
}
