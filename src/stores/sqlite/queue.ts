import type { Logger } from '../../support/logger.ts';
import type { Owner } from '../../core/model/job/job.ts';
import type { RowSource } from '../rows/rows.ts';
import type { Database } from './database/database.ts';
import type { Liveness } from '../../support/process/owner.ts';

/** What every operation of the queue works with. */
export interface Queue extends RowSource {
  readonly db: Database;
  readonly isAlive: (owner: Owner) => Liveness;
  /** Logs errors that have no caller to report to. */
  readonly logger?: Logger | undefined;
}

/** The clock under the parameter names of the statements. */
export const timeOf = ({ clock }: Queue): { boot: string; now: number } => ({
  boot: clock.boot,
  now: clock.monotonic(),
});

/** Called several times a job, mostly within the same millisecond, so the last text is kept. */
export function wallTime({ clock }: Queue): string {
  const now = clock.now();
  if (now.getTime() !== told.ms) told = { ms: now.getTime(), text: now.toISOString() };
  return told.text;
}

let told = { ms: NaN, text: '' };
