import type { LastCheck, LastCollection } from '../../model/report/last-reports.ts';

/**
 * Remembers what the last check of the whole root and the last garbage collection reported, in any process. A report may be
 * lost without harm, so what cannot be written or read is no error. Contract suite: test/contract/report-store.ts.
 */
export interface ReportStore {
  /** Undefined if there was none, or it cannot be read. */
  lastCheck(): Promise<LastCheck | undefined>;
  lastCollection(): Promise<LastCollection | undefined>;

  /**
   * Takes the place of the one before, and is durable on return. A reader sees one of the two whole. Writes nothing to a tree
   * in which cab never worked, nor to one that this process may not write.
   */
  keepCheck(last: LastCheck): Promise<void>;
  keepCollection(last: LastCollection): Promise<void>;
}
