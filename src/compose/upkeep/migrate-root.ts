/** Copies what a root keeps to another place: a bucket, a database, or a folder. */
import { resolve } from 'node:path';
import { migrate } from '../../core/maintenance/migration/migrate.ts';
import type { MigrateOptions, MigrationSide } from '../../core/maintenance/migration/context.ts';
import { CabError } from '../../core/model/errors.ts';
import type { MigrateReport } from '../../core/model/report/migrate-report.ts';
import type { MaintainedRoot } from '../../core/ports/maintenance/maintained-root.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { refuseAbsentRoot, refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { makeDirectory } from '../../support/files/durable.ts';
import { guarded } from '../../support/files/io-error.ts';
import { isWithin, realPlace } from '../../support/paths/real-place.ts';
import { openWorkspace } from '../stores/local/open-entries.ts';
import { logsHere, openInputs } from '../stores/open-job-files.ts';
import { withRoot, type MaintainOptions } from '../stores/maintain-root.ts';
import { resultsOf } from '../stores/results-of.ts';
import type { RootPlace } from '../stores/store-choice.ts';

export interface MigrateRoot extends Pick<
  MigrateOptions,
  'isInUse' | 'pace' | 'signal' | 'onProgress'
> {
  readonly from: RootPlace;
  readonly to: RootPlace;
}

/**
 * @throws CabError usage if the two are the same, or one lies in the other; store_unreadable if there is no root; and what `migrate`
 * throws
 */
export async function migrateRoot({ from, to, ...asked }: MigrateRoot): Promise<MigrateReport> {
  const moves = {
    movesResults: resultsIn(from) !== resultsIn(to),
    movesJobs: jobsIn(from) !== jobsIn(to),
  };
  await refusePlaces(from, to, moves);
  const workspace = openWorkspace(to.root, () => undefined);
  try {
    // What a run that was killed has left. Attempts are for others to sweep.
    await workspace.sweep(async () => true);
    return await withSide({ ...from, readOnly: true }, moves, (old) =>
      withSide(to, moves, (now) => migrate({ ...asked, ...moves, workspace, from: old, to: now })),
    );
  } finally {
    await workspace.close();
  }
}

const isBelow = (prefix: string | undefined, url: string | undefined): boolean =>
  prefix !== undefined && url !== undefined && url.startsWith(`${prefix.replace(/\/+$/, '')}/`);

type Moves = Pick<MigrateOptions, 'movesResults' | 'movesJobs'>;

async function refusePlaces(from: RootPlace, to: RootPlace, moves: Moves): Promise<void> {
  if (!moves.movesResults && !moves.movesJobs)
    throw new CabError('usage', '--to: everything is there already', {
      hint: 'Name another place: s3://bucket/prefix, postgres://server/db, or a folder.',
    });
  refuseFileAsRoot(to.root);
  if (from.store === undefined) refuseAbsentRoot(from.root);
  if (isBelow(from.store?.url, to.store?.url) || isBelow(to.store?.url, from.store?.url))
    throw new CabError('usage', `--to ${to.store?.url}: one of the two prefixes lies in the other`);
  if (resolve(from.root) === resolve(to.root)) return;
  const [old, now] = [await realPlace(resolve(from.root)), await realPlace(resolve(to.root))];
  if (old === now || isWithin(old, now) || isWithin(now, old))
    throw new CabError('usage', `--to ${to.root}: it lies within the root, or the root within it`);
  await guarded(`--to ${to.root}`, () => makeDirectory(layoutOf(to.root).private));
}

async function withSide<T>(
  place: MaintainOptions,
  { movesResults, movesJobs }: Moves,
  use: (side: MaintainedRoot & MigrationSide) => Promise<T>,
): Promise<T> {
  const results = (await resultsOf(place))();
  try {
    const inputStore = results.inputs ?? openInputs(place);
    const jobLogs = results.logs ?? logsHere(place);
    return await withRoot(place, (root) => {
      const { root: here } = layoutOf(place.root);
      const jobs = place.queue === undefined ? here : root.jobs.place;
      const names = [...(movesResults ? [root.name] : []), ...(movesJobs ? [jobs] : [])];
      return use({ ...root, inputStore, jobLogs, names: [...new Set(names)] });
    });
  } finally {
    await results.entries.close();
  }
}

const resultsIn = ({ store, root }: RootPlace): string => store?.url ?? resolve(root);
const jobsIn = ({ queue, root }: RootPlace): string => queue?.url ?? resolve(root);
