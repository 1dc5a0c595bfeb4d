/** Opens what garbage collection, verify, pins and doctor need of a root. */
import { existsSync } from 'node:fs';
import { deadAttempts, sweepLeftovers } from '../core/engine/attempt/leftovers.ts';
import type { Ledger, LedgerAccess } from '../core/ports/ledger.ts';
import type { MaintainedRoot } from '../core/ports/maintained-root.ts';
import type { FileNames } from '../stores/local/entry-files.ts';
import { FsEntryRepair } from '../stores/local/fs-entry-repair.ts';
import { FsEntryStore } from '../stores/local/fs-entry-store.ts';
import { FsPointerStore } from '../stores/local/fs-pointer-store.ts';
import { FsEntryInventory } from '../stores/local/inventory/fs-entry-inventory.ts';
import { FsKeptInputs } from '../stores/local/inventory/fs-kept-inputs.ts';
import {
  FsLeftovers,
  FsLogInventory,
  type AttemptSweep,
} from '../stores/local/inventory/fs-leftovers.ts';
import { FsPointerInventory } from '../stores/local/inventory/fs-pointer-inventory.ts';
import { layoutOf, placeIn, type Layout } from '../stores/local/layout.ts';
import { Pins } from '../stores/local/pins.ts';
import { FsRestorer } from '../stores/local/trash/fs-restorer.ts';
import { FsTrash } from '../stores/local/trash/fs-trash.ts';
import { TrashDirectory } from '../stores/local/trash/trash-directory.ts';
import { SqliteLedger } from '../stores/sqlite/ledger.ts';
import { checkSideFile } from '../stores/sqlite/side-file-check.ts';
import { jobAccess } from './job-access.ts';

export interface RootOptions extends FileNames {
  readonly root: string;
}

export interface MaintainOptions extends RootOptions {
  /** For a short while, and not to write to the job store: it may be a copy. */
  readonly readOnly?: boolean;
}

/** Opens nothing yet. The caller closes it. */
export function maintainRoot({
  root,
  readOnly = false,
  ...names
}: MaintainOptions): MaintainedRoot {
  const layout = layoutOf(root);
  const jobs = jobAccess(layout, readOnly);
  const entries = new FsEntryStore(layout, names);
  const pins = new Pins(layout);
  const directory = new TrashDirectory(layout, names);
  return {
    name: layout.root,
    jobs,
    entries,
    pins,
    ledger: ledgerIn(layout),
    pointers: new FsPointerStore(layout),
    inventory: new FsEntryInventory(layout, names),
    pointerFiles: new FsPointerInventory(layout),
    inputs: new FsKeptInputs(layout, jobs),
    logs: new FsLogInventory(layout),
    leftovers: new FsLeftovers(layout, attemptsIn(layout, names)),
    repair: new FsEntryRepair(layout, names, entries),
    restorer: new FsRestorer(layout, directory, jobs),
    trash: (collection) => new FsTrash({ layout, directory, pins, jobs }, collection),
    checkSideTables: () =>
      checkSideFile({
        file: layout.watched,
        place: placeIn(layout, layout.watched),
        what: 'the table of watched files',
      }),
    close: async () => {
      await entries.close();
      await jobs.close();
    },
  };
}

/** As `use` goes, the root is closed. */
export async function withRoot<T>(
  options: MaintainOptions,
  use: (root: MaintainedRoot) => Promise<T>,
): Promise<T> {
  const root = maintainRoot(options);
  try {
    return await use(root);
  } finally {
    await root.close();
  }
}

const ledgerIn = ({ private: own, ledger }: Layout): LedgerAccess => {
  const openIf = async (place: string): Promise<Ledger | undefined> =>
    existsSync(place) ? SqliteLedger.open(ledger) : undefined;
  return { existing: () => openIf(ledger), made: () => openIf(own) };
};

const attemptsIn = (layout: Layout, names: FileNames): AttemptSweep => ({
  dead: (store) => deadAttempts(layout, store),
  sweep: (store, tellStuck) => {
    const entries = new FsEntryStore(layout, names, { onStuck: tellStuck });
    return sweepLeftovers({ layout, entries, tellStuck }, store);
  },
});
