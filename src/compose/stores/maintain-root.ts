/** Opens what garbage collection, verify, pins and doctor need of a root. */
import { existsSync } from 'node:fs';
import type { Ledger, LedgerAccess } from '../../core/ports/maintenance/ledger.ts';
import type { MaintainedRoot } from '../../core/ports/maintenance/maintained-root.ts';
import { liveIn } from '../../core/publication/live-attempts.ts';
import { FsEntryRepair } from '../../stores/local/fs-entry-repair.ts';
import { FsCachedFiles } from '../../stores/local/inventory/fs-cached-files.ts';
import { FsEntryInventory } from '../../stores/local/inventory/fs-entry-inventory.ts';
import { FsKeptInputs } from '../../stores/local/inventory/fs-kept-inputs.ts';
import {
  FsLeftovers,
  FsLogInventory,
  type AttemptSweep,
} from '../../stores/local/inventory/fs-leftovers.ts';
import { FsPointerInventory } from '../../stores/local/inventory/fs-pointer-inventory.ts';
import { layoutOf, placeIn, type Layout } from '../../stores/local/layout.ts';
import { FsRestorer } from '../../stores/local/trash/fs-restorer.ts';
import { FsTrash } from '../../stores/local/trash/fs-trash.ts';
import { TrashDirectory } from '../../stores/local/trash/trash-directory.ts';
import { SqliteLedger } from '../../stores/sqlite/ledger.ts';
import { checkSideFile } from '../../stores/sqlite/side-file-check.ts';
import { jobAccess } from './job-access.ts';
import { openEntries, openWorkspace } from './local/open-entries.ts';
import { openPins, openPointers } from './local/open-pointers.ts';
import { openReports } from './open-reports.ts';
import { afterRestart } from './local/write-through.ts';
import type { RootPlace } from './store-choice.ts';

export interface MaintainOptions extends RootPlace {
  /** The job store is used briefly and not written, so it may be a copy. */
  readonly readOnly?: boolean;
}

/** What lies in the root itself. Opens nothing yet. The caller closes it. */
export function maintainRoot({
  root,
  queue,
  readOnly = false,
  artifactName,
  manifestName,
}: Omit<MaintainOptions, 'store'>): MaintainedRoot {
  const layout = layoutOf(root);
  const names = { artifactName, manifestName };
  const jobs = jobAccess({ root, queue }, readOnly);
  const entries = openEntries({ root, ...names });
  const workspace = openWorkspace(root, () => undefined);
  const directory = new TrashDirectory(layout, names);
  return {
    name: layout.root,
    jobs,
    entries,
    pins: openPins(layout),
    reports: openReports(root),
    ledger: ledgerIn(layout),
    pointers: openPointers(layout),
    inventory: new FsEntryInventory(layout, names),
    pointerFiles: new FsPointerInventory(layout),
    inputs: new FsKeptInputs(layout),
    logs: new FsLogInventory(layout),
    cached: new FsCachedFiles(layout),
    leftovers: new FsLeftovers(layout, attemptsIn(layout)),
    repair: new FsEntryRepair(layout, names, entries, workspace),
    restorer: new FsRestorer(layout, directory),
    trash: (collection) => new FsTrash({ layout, directory }, collection),
    checkSideTables: () =>
      checkSideFile({
        file: layout.watched,
        place: placeIn(layout, layout.watched),
        what: 'the table of watched files',
      }),
    close: async () => {
      await workspace.close();
      await entries.close();
      await jobs.close();
    },
  };
}

/** Closes the root when `use` has ended. */
export async function withRoot<T>(
  options: MaintainOptions,
  use: (root: MaintainedRoot) => Promise<T>,
): Promise<T> {
  const root = await maintained(options);
  try {
    return await use(root);
  } finally {
    await root.close();
  }
}

async function maintained({ store, ...options }: MaintainOptions): Promise<MaintainedRoot> {
  if (store === undefined) {
    const unsure = await afterRestart(options);
    if (unsure !== undefined) throw unsure;
  }
  const here = maintainRoot(options);
  if (store === undefined) return here;
  const { maintainBucket } = await import('./s3/maintain-bucket.ts');
  return maintainBucket({ ...options, store }, here);
}

const ledgerIn = ({ private: own, ledger }: Layout): LedgerAccess => {
  const openIf = async (place: string): Promise<Ledger | undefined> =>
    existsSync(place) ? SqliteLedger.open(ledger) : undefined;
  return { existing: () => openIf(ledger), made: () => openIf(own) };
};

const attemptsIn = (layout: Layout): AttemptSweep => ({
  dead: (store) => openWorkspace(layout.root, () => undefined).list(liveIn(store)),
  sweep: (store, tellStuck) => openWorkspace(layout.root, tellStuck).sweep(liveIn(store)),
});
