import { collectGarbage } from '../../core/maintenance/gc/collect.ts';
import type { GcOptions } from '../../core/maintenance/gc/context.ts';
import { isCabError } from '../../core/model/errors.ts';
import { defaultPolicy, type GcPolicy } from '../../core/maintenance/gc/policy.ts';
import type { GcReport } from '../../core/model/report/gc-report.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { withRoot } from '../stores/maintain-root.ts';
import { writeThroughRoot } from '../stores/local/write-through.ts';
import type { WrittenThrough } from '../../core/model/report/written-through.ts';
import type { RootPlace } from '../stores/store-choice.ts';

/** What the settings say. The rest comes from `defaultPolicy`. */
export type AskedPolicy = Partial<GcPolicy>;

export interface CollectOptions extends RootPlace, Omit<GcOptions, 'root' | 'policy' | 'now'> {
  readonly policy: AskedPolicy;
  /** Wall time in milliseconds; by default now. */
  readonly now?: number;
}

/** Flushes what the job store keeps for processes, dead or not. Throws what `writeThroughRoot` throws. */
export function flushRoot(place: RootPlace): Promise<WrittenThrough> {
  refuseFileAsRoot(place.root);
  return writeThroughRoot(place, { all: true });
}

/** A collection may be what makes room for it. `withRoot` refuses where the machine was restarted since. */
async function flushIfPossible(place: RootPlace): Promise<void> {
  try {
    await writeThroughRoot(place, { all: false });
  } catch (error) {
    if (!isCabError(error)) throw error;
  }
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
  if (!options.dryRun) await flushIfPossible(place);
  return withRoot({ ...place, readOnly: options.dryRun }, (maintained) =>
    collectGarbage({
      now: Date.now(),
      ...options,
      root: maintained,
      policy: { ...defaultPolicy, ...policy },
    }),
  );
}
