/** The options, the counts and the shared state of one garbage collection. */
import { CabError } from '../../model/errors.ts';
import type { GcDecision, GcReport } from '../../model/report/gc-report.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Ledger } from '../../ports/maintenance/ledger.ts';
import type { MaintainedRoot } from '../../ports/maintenance/maintained-root.ts';
import type { TellStays } from '../../ports/maintenance/trash.ts';
import type { Needs } from './needs.ts';
import type { StepProgress } from '../../model/report/step-progress.ts';
import type { Pace } from '../../../support/time/pace.ts';
import type { GcPolicy } from './policy.ts';

export interface GcOptions {
  /** In a dry run its job store may be a read-only copy. */
  readonly root: MaintainedRoot;
  readonly policy: GcPolicy;
  readonly dryRun: boolean;
  readonly pace: Pace;
  /** Wall time at which the garbage collection began, in milliseconds. */
  readonly now: number;
  /** Called for each decision: in a dry run for each entry, else for each entry that was removed or could not be. */
  readonly onDecision?: (decision: GcDecision) => void;
  /** The current step; `total` if it is known. */
  readonly onProgress?: (progress: StepProgress) => void;
}

const mostStuckNoted = 10;

/** Counts of the report, as they grow. */
export type Counts = {
  [Part in 'entries' | 'trash' | 'swept' | 'jobs']: {
    -readonly [Name in keyof GcReport[Part]]: GcReport[Part][Name];
  };
};

/** An entry that will be removed. Kept in memory for the whole garbage collection, so it is small. */
export interface Going {
  /** `config_hash/source_hash` */
  readonly key: string;
  /** The time of its directory at the decision. */
  readonly modified: number;
  readonly bytes: number;
  readonly reason: string;
}

/** What the steps of one garbage collection share. */
export class GcContext {
  readonly options: GcOptions;
  readonly counts: Counts;
  readonly notes: string[] = [];
  /** Undefined if the root has none: then no job can be asked for, and pointers, pins and age decide. */
  store: JobStore | undefined;
  /** Undefined if there is none, or if it cannot be read. */
  ledger: Ledger | undefined;
  readonly needs: Needs;
  readonly going: Going[] = [];
  /** Tracks that were removed, or would be. */
  readonly staleTracks: string[] = [];

  constructor(options: GcOptions, store: JobStore | undefined, needs: Needs) {
    this.options = options;
    this.store = store;
    this.needs = needs;
    this.counts = emptyCounts();
  }

  /** What cannot be removed does not stop a garbage collection. Each case is noted once; of many, only the first. */
  readonly tell: TellStays = ({ message, hint }) => {
    if (this.#stuck.has(message)) return;
    this.#stuck.add(message);
    if (this.#stuck.size <= mostStuckNoted) this.notes.push(`${message}. ${hint}`);
    else if (this.#stuck.size === mostStuckNoted + 1)
      this.notes.push('more cannot be removed; cab doctor looks at all of it');
  };
  readonly #stuck = new Set<string>();

  progress(step: string, done: number, total?: number): void {
    this.options.onProgress?.({ step, done, total });
  }
}

/** Thrown only before anything was touched. */
export const refusal = (message: string, cause: unknown, hint?: string): CabError =>
  new CabError('store_unreadable', `nothing was collected: ${message}`, {
    cause,
    ...(hint !== undefined && { hint }),
  });

const emptyCounts = (): Counts => ({
  entries: {
    seen: 0,
    kept: 0,
    removed: 0,
    removed_bytes: 0,
    failed: 0,
    kept_bytes: null,
    over: 0,
  },
  trash: { put_back: 0, deleted: 0, waiting: 0 },
  swept: { staging: 0, temporary: 0, quarantine: 0, logs: 0, inputs: 0, cache: 0, directories: 0 },
  jobs: { trimmed: 0, results: 0, aliases: 0, digests: 0 },
});
