/** Copies what a root keeps to another place: a bucket, a database, or a folder. */
import { cp } from 'node:fs/promises';
import { resolve } from 'node:path';
import { migrate } from '../../core/maintenance/migration/migrate.ts';
import type { MigrateOptions } from '../../core/maintenance/migration/context.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import type { MigrateReport } from '../../core/model/report/migrate-report.ts';
import type { InputStore } from '../../core/ports/input-store.ts';
import type { MaintainedRoot } from '../../core/ports/maintenance/maintained-root.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { refuseFileAsRoot } from '../../stores/local/root-directory.ts';
import { openWorkspace } from '../stores/open-entries.ts';
import { openInputs } from '../stores/open-inputs.ts';
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
        const report = await migrate({ ...options, from: old, to: now });
        if (movesJobs) await copyLogs(from.root, to.root);
        return { ...report, ...names };
      }),
    );
  } finally {
    await workspace.close();
  }
}

type Side = MaintainedRoot & { readonly inputStore: InputStore };

async function withSide<T>(place: MaintainOptions, use: (side: Side) => Promise<T>): Promise<T> {
  const results = (await resultsOf(place))();
  try {
    const inputStore = results.inputs ?? openInputs(place);
    return await withRoot(place, (root) => use({ ...root, inputStore }));
  } finally {
    await results.entries.close();
  }
}

const nameOf = ({ name, jobs }: Side, movesResults: boolean): string =>
  movesResults ? name : jobs.place;

const resultsIn = ({ store, root }: RootPlace): string => store?.url ?? resolve(root);
const jobsIn = ({ queue, root }: RootPlace): string => queue?.url ?? resolve(root);

/** Logs are files of this machine, wherever the jobs are. */
async function copyLogs(from: string, to: string): Promise<void> {
  const [old, now] = [layoutOf(from).logs, layoutOf(to).logs];
  if (old === now) return;
  try {
    await cp(old, now, { recursive: true, preserveTimestamps: true });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
