import type { Owner } from '../../core/model/job/job.ts';
import type { Logger } from '../../support/logger.ts';
import type { Liveness } from '../../support/process/owner.ts';
import type { RowSource } from '../rows/rows.ts';
import type { Database } from './database/database.ts';
import type { EventHorizon } from './events/event-horizon.ts';

/** What every operation of the queue works with. */
export interface Queue extends RowSource {
  readonly db: Database;
  readonly horizon: EventHorizon;
  /** Of a process on another machine it is unknown, so its lease decides. */
  readonly isAlive: (owner: Owner) => Liveness;
  /** Logs errors that have no caller to report to. */
  readonly logger?: Logger | undefined;
}

export const wallTime = ({ clock }: Queue): string => clock.now().toISOString();
