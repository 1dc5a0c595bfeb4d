import type { EntryKey } from '../../core/model/entry/key.ts';
import type { PointerFile } from '../../core/model/entry/pointer.ts';
import type { LastCheck, LastCollection } from '../../core/model/report/last-reports.ts';
import type { CabError } from '../../core/model/errors.ts';
import type { Checked, Read } from '../../core/ports/maintenance/ledger.ts';
import { MemoryQueue } from './jobs/memory-queue.ts';
import type { StoredInputs } from './memory-input-store.ts';
import type { StoredLogs } from './memory-log-store.ts';
import type { StagedAttempts } from './memory-workspace.ts';
import { Quarantine } from './quarantine.ts';
import { StoredEntries, type StoredEntry } from './stored-entries.ts';

/**
 * By file name, so that a name that a directory refuses is refused here too. An error stands for an invalid pointer.
 */
export type StoredPointers = Map<string, PointerFile | CabError>;

/** Keys, by `formatKey`. */
export type StoredPins = Map<string, EntryKey>;

/** Absent before the first. */
export interface StoredReports {
  check?: LastCheck;
  collection?: LastCollection;
}

/** By `formatKey`. */
export interface StoredLedger {
  readonly checked: Map<string, Checked>;
  readonly reads: Map<string, Read>;
}

/** Entries that one garbage collection took, by `formatKey`. */
export interface StoredHaul {
  readonly at: number;
  readonly entries: Map<string, StoredEntry>;
}

/**
 * Everything that a root in memory keeps. Stores share it, as processes share a directory. It is lost
 * when the process ends.
 */
export class MemoryRoot {
  readonly queue = new MemoryQueue();
  readonly quarantine = new Quarantine();
  readonly entries = new StoredEntries(this.quarantine);
  readonly pointers: StoredPointers = new Map();
  readonly inputs: StoredInputs = new Map();
  readonly logs: StoredLogs = new Map();
  readonly staged: StagedAttempts = new Map();
  readonly pins: StoredPins = new Map();
  readonly reports: StoredReports = {};
  readonly ledger: StoredLedger = { checked: new Map(), reads: new Map() };
  /** By id. */
  readonly hauls = new Map<string, StoredHaul>();
  /** Entries that are to be deleted. */
  readonly doomed: StoredEntry[] = [];
}
