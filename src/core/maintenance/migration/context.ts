/** What the steps of a migration share. */
import { isCabError, type CabError } from '../../model/errors.ts';
import type { Copied, MigrateProblem } from '../../model/report/migrate-report.ts';
import type { StepProgress } from '../../model/report/step-progress.ts';
import type { InputStore } from '../../ports/input-store.ts';
import type { LogStore } from '../../ports/log-store.ts';
import type { MaintainedRoot } from '../../ports/maintenance/maintained-root.ts';
import type { Workspace } from '../../ports/workspace.ts';
import type { Pace } from '../../../support/time/pace.ts';

/** One of the two roots. */
export interface MigrationSide extends Pick<
  MaintainedRoot,
  'jobs' | 'entries' | 'pointers' | 'inventory' | 'pins'
> {
  /** Where the results and the jobs are, as far as they are moved. */
  readonly names: readonly string[];
  readonly inputStore: InputStore;
  readonly jobLogs: LogStore;
}

export interface MigrateOptions {
  readonly from: MigrationSide;
  readonly to: MigrationSide;
  /** False: both have the same entries, pins and pointers, so only jobs are moved. */
  readonly movesResults: boolean;
  /** False: both have the same job store. */
  readonly movesJobs: boolean;
  /** Whether something may still run the jobs of the old place. Then those that wait stay there. */
  readonly isInUse: boolean;
  /** Where entries arrive before they are published in the new place. */
  readonly workspace: Workspace;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: StepProgress) => void) | undefined;
}

type Counted = { -readonly [Name in keyof Copied]: number };

export class Migration {
  readonly options: MigrateOptions;
  readonly entries = { copied: 0, there: 0, bytes: 0 };
  readonly pins: Counted = { copied: 0, there: 0 };
  readonly tracks: Counted = { copied: 0, there: 0 };
  readonly jobs = { copied: 0, there: 0, left: 0 };
  readonly problems: MigrateProblem[] = [];
  /** Keys of entries that are not in the new place as they are in the old one. */
  readonly missing = new Set<string>();

  constructor(options: MigrateOptions) {
    this.options = options;
  }

  progress(step: string, done: number, total?: number): void {
    this.options.onProgress?.({ step, done, total });
  }

  note(what: MigrateProblem['what'], name: string, { code, message }: CabError): void {
    this.problems.push({ what, name, code, message });
  }

  /** Notes what is wrong with one thing, and rethrows what would be wrong with all. */
  noteIfOwn(what: MigrateProblem['what'], name: string, error: unknown): void {
    if (!isCabError(error, ...own)) throw error;
    this.note(what, name, error);
  }
}

/** Errors that say something of one entry or track alone. */
const own = [
  'entry_exists',
  'hash_mismatch',
  'manifest_invalid',
  'not_found',
  'pointer_invalid',
  'store_unreadable',
  'unsafe_track',
] as const;
