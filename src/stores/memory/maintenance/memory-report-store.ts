import type { LastCheck, LastCollection } from '../../../core/model/report/last-reports.ts';
import type { ReportStore } from '../../../core/ports/maintenance/report-store.ts';
import type { StoredReports } from '../memory-root.ts';

/** The last reports in memory. */
export class MemoryReportStore implements ReportStore {
  readonly #reports: StoredReports;

  constructor(reports: StoredReports) {
    this.#reports = reports;
  }

  async lastCheck(): Promise<LastCheck | undefined> {
    return this.#reports.check;
  }

  async lastCollection(): Promise<LastCollection | undefined> {
    return this.#reports.collection;
  }

  async keepCheck(last: LastCheck): Promise<void> {
    this.#reports.check = structuredClone(last);
  }

  async keepCollection(last: LastCollection): Promise<void> {
    this.#reports.collection = structuredClone(last);
  }
}
