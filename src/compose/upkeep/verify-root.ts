/** A check of a root with threads, and the steps of a repair after it. */
import { basename, join } from 'node:path';
import type { VerifyContext, VerifyOptions } from '../../core/maintenance/verify/context.ts';
import {
  pastJobs,
  sampledKeys,
  type PastJob,
} from '../../core/maintenance/verify/repair/past-jobs.ts';
import { PointerRepair } from '../../core/maintenance/verify/repair/repair-pointer.ts';
import { repair } from '../../core/maintenance/verify/repair/repair.ts';
import { selectionOf } from '../../core/maintenance/verify/selection.ts';
import { verifyRoot, type Mend } from '../../core/maintenance/verify/verify.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import { lastCheckOf } from '../../core/model/report/last-reports.ts';
import type { Sample } from '../../core/model/report/sample.ts';
import type { Finding, VerifyReport } from '../../core/model/report/verify-report.ts';
import type { Checker } from '../../core/ports/maintenance/entry-checker.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { refuseAbsentRoot, refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { CheckPool } from '../threads/check-pool.ts';
import { withRoot } from '../stores/maintain-root.ts';
import { openReports } from '../stores/open-reports.ts';
import type { RootPlace } from '../stores/store-choice.ts';

export type { PastJob };

export interface CheckedRoot
  extends RootPlace, Omit<VerifyOptions, 'root' | 'scope' | 'checker' | 'now' | 'onProgress'> {
  /** Of entries, configurations and pointers, absolute; the whole root if there are none. */
  readonly places: readonly string[];
  /** How many threads read. */
  readonly threads: number;
}

export interface CheckOutcome {
  readonly report: VerifyReport;
  /** Entries that the repair quarantined and that do not exist now. */
  readonly lost: readonly EntryKey[];
}

/** A check whose threads are started. */
export interface PreparedCheck {
  readonly isWhole: boolean;
  /** Progress so far. */
  readonly bytesRead: () => number;
  /** Ends the threads. Repairs what is found if `repairBy`, the version of cab, is given. Throws what `verifyTree` throws. */
  run(onProgress: VerifyOptions['onProgress'], repairBy: string | undefined): Promise<CheckOutcome>;
}

/** Nothing may fail between this and `run`, which ends the threads. @throws CabError usage for a path outside the root */
export async function prepareCheck(options: CheckedRoot): Promise<PreparedCheck> {
  const scope = selectionOf(nameOf(options.root), options.places);
  const pool = await checkerFor(options, options.threads);
  return {
    isWhole: scope.whole,
    bytesRead: () => pool.bytes,
    run: async (onProgress, repairBy) => {
      const lost: EntryKey[] = [];
      const mend = async (checked: VerifyContext): Promise<void> => {
        if (repairBy === undefined) return;
        await repair(checked, repairBy);
        lost.push(...checked.lost);
      };
      const asked = { ...options, scope, ...(onProgress && { onProgress }) };
      return { report: await verifyTree(asked, pool, mend), lost };
    },
  };
}

/**
 * Rewrites the pointers that a check found, so that each names the latest result of its track. To be called after
 * missing results were computed again. Returns what was done to each pointer, by its path.
 */
export async function leadAgain(
  options: Omit<CheckedRoot, 'places'>,
  pointers: readonly Finding[],
): Promise<ReadonlyMap<string, string>> {
  const led = new Map<string, string>();
  if (pointers.length === 0) return led;
  const root = nameOf(options.root);
  const scope = selectionOf(
    root,
    pointers.map(({ path }) => join(root, path)),
  );
  await verifyTree({ ...options, scope }, await checkerFor(options, 1), async (checked) => {
    const repairing = new PointerRepair(checked);
    for (const { path, tracks } of pointers) {
      const [track_id] = tracks;
      if (track_id === undefined) continue;
      const { told } = await repairing.mend(track_id, basename(path));
      led.set(path, told ?? '');
    }
  });
  return led;
}

const nameOf = (root: string): string => layoutOf(root).root;

async function checkerFor(
  { root, artifactName, manifestName, store, quick }: Omit<CheckedRoot, 'places'>,
  lanes: number,
): Promise<Checker> {
  if (store !== undefined) {
    const { bucketChecker } = await import('../stores/s3/maintain-bucket.ts');
    return bucketChecker({ root, artifactName, manifestName, store }, quick);
  }
  const { entries } = layoutOf(root);
  return new CheckPool({ entries, artifactName, manifestName, quick }, lanes);
}

type TreeOptions = RootPlace & Omit<VerifyOptions, 'root' | 'checker' | 'now'> & { now?: number };

/** Ends the checker. @throws CabError store_unreadable if there is no such root; what `verifyRoot` throws */
export async function verifyTree(
  { root, artifactName, manifestName, store, queue, ...options }: TreeOptions,
  checker: Checker,
  mend?: Mend,
): Promise<VerifyReport> {
  try {
    refuseFileAsRoot(root);
    if (store === undefined) refuseAbsentRoot(root);
    return await withRoot(
      { root, artifactName, manifestName, store, queue, readOnly: true },
      (maintained) => verifyRoot({ now: Date.now(), ...options, checker, root: maintained }, mend),
    );
  } finally {
    // Threads that are not ended keep the process alive.
    await checker.close();
  }
}

/** For those who ask later, such as the root's daemon. */
export const rememberCheck = (root: string, report: VerifyReport): Promise<void> =>
  openReports(root).keepCheck(lastCheckOf(report, new Date().toISOString()));

/** The latest job that computed each entry, if one is on record. */
export const pastJobsOf = (
  options: RootPlace,
  keys: readonly EntryKey[],
): Promise<readonly PastJob[]> =>
  withRoot({ ...options, readOnly: true }, (root) => pastJobs(root, keys));

export const sampleOfRoot = (options: RootPlace, sample: Sample): Promise<readonly EntryKey[]> =>
  withRoot({ ...options, readOnly: true }, (root) => sampledKeys(root, sample));
