import type { CachedFiles } from './cached-files.ts';
import type { EntryInventory } from './entry-inventory.ts';
import type { EntryRepair } from './entry-repair.ts';
import type { EntryStore } from '../entry-store.ts';
import type { JobStore } from '../jobs/job-store.ts';
import type { KeptInputs } from './kept-inputs.ts';
import type { LedgerAccess } from './ledger.ts';
import type { Leftovers, LogInventory } from './leftovers.ts';
import type { PinStore } from './pin-store.ts';
import type { PointerInventory } from './pointer-inventory.ts';
import type { ReportStore } from './report-store.ts';
import type { PointerStore } from '../pointer-store.ts';
import type { Problem } from './entry-checker.ts';
import type { Collection, Restorer, Trash } from './trash.ts';

/** The job store of a root. Both methods throw what opening a job store throws. */
export interface JobAccess {
  /** As reports name it. */
  readonly place: string;
  /** The same place, for a person who looks there. */
  readonly where: string;
  /** Undefined if the root has none. */
  existing(): Promise<JobStore | undefined>;
  made(): Promise<JobStore>;
}

/**
 * All that garbage collection, verify, pins and doctor need of one root. All members belong to one store.
 * Contract suite, on all ports together: test/contract/maintenance.ts.
 */
export interface MaintainedRoot {
  /** For people and reports: its path, or its address. */
  readonly name: string;
  readonly jobs: JobAccess;
  readonly ledger: LedgerAccess;
  readonly entries: EntryStore;
  readonly pointers: PointerStore;
  readonly inventory: EntryInventory;
  readonly pointerFiles: PointerInventory;
  readonly pins: PinStore;
  readonly reports: ReportStore;
  readonly inputs: KeptInputs;
  readonly logs: LogInventory;
  readonly leftovers: Leftovers;
  readonly cached: CachedFiles;
  readonly repair: EntryRepair;
  readonly restorer: Restorer;
  /** The trash, as one garbage collection uses it. */
  trash(collection: Collection): Trash;
  /** Problems of the tables beside the job store. Losing such a table costs work and no results. */
  checkSideTables(): Promise<readonly Problem[]>;
  /** Closes the job store and the entries. Idempotent. */
  close(): Promise<void>;
}
