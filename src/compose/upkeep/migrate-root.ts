/** Copies what a root keeps to another place: a bucket, a database, or a folder. */
import { resolve } from 'node:path';
import { migrate } from '../../core/maintenance/migration/migrate.ts';
import type { MigrateOptions, MigrationSide } from '../../core/maintenance/migration/context.ts';
import { CabError } from '../../core/model/errors.ts';
import type { MigrateReport } from '../../core/model/report/migrate-report.ts';
import type { MaintainedRoot } from '../../core/ports/maintenance/maintained-root.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { openWorkspace } from '../stores/open-entries.ts';
import { logsHere, openInputs } from '../stores/open-inputs.ts';
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

/** @throws CabError usage if the two are the same, and what `migrate` throws */
export async function migrateRoot({ from, to, ...asked }: MigrateRoot): Promise<MigrateReport> {
  const movesResults = resultsIn(from) !== resultsIn(to);
  const movesJobs = jobsIn(from) !== jobsIn(to);
  if (!movesResults && !movesJobs)
    throw new CabError('usage', '--to: everything is there already', {
      hint: 'Name another place: s3://bucket/prefix, postgres://server/db, or a folder.',
    });
  refuseFileAsRoot(to.root);
  const workspace = openWorkspace(to.root, () => undefined);
  try {
    // What a run that was killed has left. Attempts are for others to sweep.
    await workspace.sweep(async () => true);
    return await withSide({ ...from, readOnly: true }, (old) =>
      withSide(to, async (now) => {
        const names = { from: nameOf(old, movesResults), to: nameOf(now, movesResults) };
        const options = { ...asked, movesResults, movesJobs, workspace };
        return { ...(await migrate({ ...options, from: old, to: now })), ...names };
      }),
    );
  } finally {
    await workspace.close();
  }
}

type Side = MaintainedRoot & MigrationSide;

async function withSide<T>(place: MaintainOptions, use: (side: Side) => Promise<T>): Promise<T> {
  const results = (await resultsOf(place))();
  try {
    const inputStore = results.inputs ?? openInputs(place);
    const jobLogs = results.logs ?? logsHere(place);
    return await withRoot(place, (root) => use({ ...root, inputStore, jobLogs }));
  } finally {
    await results.entries.close();
  }
}

const nameOf = ({ name, jobs }: Side, movesResults: boolean): string =>
  movesResults ? name : jobs.place;

const resultsIn = ({ store, root }: RootPlace): string => store?.url ?? resolve(root);
const jobsIn = ({ queue, root }: RootPlace): string => queue?.url ?? resolve(root);
