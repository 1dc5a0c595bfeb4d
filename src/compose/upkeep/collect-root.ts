import { collectGarbage } from '../../core/maintenance/gc/collect.ts';
import type { GcOptions } from '../../core/maintenance/gc/context.ts';
import { defaultPolicy, type GcPolicy } from '../../core/maintenance/gc/policy.ts';
import type { GcReport } from '../../core/model/report/gc-report.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { withRoot } from '../stores/maintain-root.ts';
import type { RootPlace } from '../stores/store-choice.ts';

/** What the settings say. The rest comes from `defaultPolicy`. */
export type AskedPolicy = Partial<GcPolicy>;

export interface CollectOptions extends RootPlace, Omit<GcOptions, 'root' | 'policy' | 'now'> {
  readonly policy: AskedPolicy;
  /** Wall time in milliseconds; by default now. */
  readonly now?: number;
}

/** Runs one collection on a root. Throws what `collectGarbage` throws, and store_unreadable if the root is a file. */
export async function collectRoot({
  root,
  artifactName,
  manifestName,
  store,
  queue,
  policy,
  ...options
}: CollectOptions): Promise<GcReport> {
  refuseFileAsRoot(root);
  const place = { root, artifactName, manifestName, store, queue };
  return withRoot({ ...place, readOnly: options.dryRun }, (maintained) =>
    collectGarbage({
      now: Date.now(),
      ...options,
      root: maintained,
      policy: { ...defaultPolicy, ...policy },
    }),
  );
}
