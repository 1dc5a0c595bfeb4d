/** The checks and repairs of doctor in a root. */
import { join } from 'node:path';
import {
  jobStoreHealth,
  type HealthOptions,
  type JobStoreHealth,
} from '../../core/maintenance/job-store-health.ts';
import { CabError } from '../../core/model/errors.ts';
import { liveIn } from '../../core/publication/live-attempts.ts';
import { namesIn } from '../../support/files/names-in.ts';
import { obstacleTo } from '../../support/files/obstacle.ts';
import { removeTree } from '../../support/files/remove-tree.ts';
import type { Stuck } from '../../support/files/stuck.ts';
import { leftTemporary } from '../../support/files/temporary.ts';
import { layoutOf, type Layout } from '../../stores/local/layout.ts';
import { isAbandoned } from '../../stores/local/staging/staging.ts';
import type { FreshQueue } from '../../stores/sqlite/file/fresh-queue.ts';
import { jobAccess, queueNames } from '../stores/job-access.ts';
import { openWorkspace } from '../stores/local/open-entries.ts';
import type { QueuePlace, RootPlace } from '../stores/store-choice.ts';

/** Absolute paths of the parts of a root that doctor checks. */
export function doctoredPlaces(
  root: string,
): Pick<Layout, 'entries' | 'index' | 'private' | 'jobs' | 'daemon'> {
  return layoutOf(root);
}

/** For people. */
export const jobStoreName = (place: QueuePlace): string => queueNames(place).where;

export async function examineJobStore(
  place: QueuePlace,
  options: HealthOptions,
): Promise<JobStoreHealth> {
  const jobs = jobAccess(place, true);
  try {
    return await jobStoreHealth(jobs, options);
  } finally {
    await jobs.close();
  }
}

/** Replaces a damaged job store by a new one. No process may have it open. Throws what `startFreshQueue` throws. */
export async function replaceJobStore(options: RootPlace): Promise<FreshQueue> {
  const [{ startFreshQueue }, { retellHistories }, { withRoot }] = await Promise.all([
    import('../../stores/sqlite/file/fresh-queue.ts'),
    import('../../core/maintenance/retelling.ts'),
    import('../stores/maintain-root.ts'),
  ]);
  const { root, jobs, quarantine } = layoutOf(options.root);
  const now = new Date();
  return withRoot(options, (known) =>
    startFreshQueue({
      root,
      file: jobs,
      quarantine,
      now,
      retell: (store) => retellHistories(store, known, now),
    }),
  );
}

export interface LeftoverReport {
  readonly count: number;
  /** Paths that could not be removed, or that could not be if it were tried. */
  readonly stuck: readonly Stuck[];
}

/** Files that nobody needs. Removed if `fix` is true. */
export async function examineLeftovers(place: QueuePlace, fix: boolean): Promise<LeftoverReport> {
  const left = await leftIn(place);
  const stuck: Stuck[] = [];
  for (const path of left) {
    const found = fix ? await removeTree(path) : obstacleTo(path);
    if (found !== undefined) stuck.push(found);
  }
  return { count: left.length, stuck };
}

/** Paths. */
async function leftIn(place: QueuePlace): Promise<string[]> {
  const layout = layoutOf(place.root);
  const abandoned = (await namesIn(layout.staging)).filter(isAbandoned);
  const doomed = (await namesIn(layout.trash)).filter((name) => name.startsWith('deleting-'));
  return [
    ...[...(await deadIn(place, layout)), ...abandoned].map((name) => join(layout.staging, name)),
    ...(await leftTemporary(layout)),
    ...doomed.map((name) => join(layout.trash, name)),
  ];
}

/** Empty if the job store cannot be read; that is a finding of its own. */
async function deadIn(place: QueuePlace, layout: Layout): Promise<readonly string[]> {
  const jobs = jobAccess(place, true);
  try {
    const store = await jobs.existing();
    if (store === undefined) return await namesIn(layout.staging);
    return await openWorkspace(layout.root, () => undefined).list(liveIn(store));
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return [];
  } finally {
    await jobs.close();
  }
}
