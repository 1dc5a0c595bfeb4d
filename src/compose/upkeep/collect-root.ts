import { collectGarbage } from '../../core/maintenance/gc/collect.ts';
import type { GcOptions } from '../../core/maintenance/gc/context.ts';
import { defaultPolicy, type GcPolicy } from '../../core/maintenance/gc/policy.ts';
import type { GcReport } from '../../core/model/report/gc-report.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { withRoot, type RootOptions } from '../stores/maintain-root.ts';

/** What settings say; the rest is as `defaultPolicy` has it. */
export type AskedPolicy = Partial<GcPolicy>;

export interface CollectOptions extends RootOptions, Omit<GcOptions, 'root' | 'policy' | 'now'> {
  readonly policy: AskedPolicy;
  /** Wall time in milliseconds; the present where not given. */
  readonly now?: number;
}

/** One collection on a root. Throws what `collectGarbage` throws; store_unreadable for a file in the place of the root. */
export async function collectRoot({
  root,
  artifactName,
  manifestName,
  policy,
  ...options
}: CollectOptions): Promise<GcReport> {
  refuseFileAsRoot(root);
  const names = { artifactName, manifestName };
  return withRoot({ root, ...names, readOnly: options.dryRun }, (maintained) =>
    collectGarbage({
      now: Date.now(),
      ...options,
      root: maintained,
      policy: { ...defaultPolicy, ...policy },
    }),
  );
}
