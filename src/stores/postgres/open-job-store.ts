import type { Owner } from '../../core/model/job/job.ts';
import type { JobStore } from '../../core/ports/jobs/job-store.ts';
import type { Logger } from '../../support/logger.ts';
import type { Clock } from '../../support/process/clock.ts';
import { currentOwner, isAlive, type Liveness } from '../../support/process/owner.ts';
import { Database } from './database/database.ts';
import { queueAddress } from './database/queue-address.ts';
import { migrate } from './database/schema.ts';
import { EventHorizon } from './events/event-horizon.ts';
import { PostgresJobStore } from './postgres-job-store.ts';
import type { Queue } from './queue.ts';
import { ServerClock } from './server-clock.ts';

export interface OpenOptions {
  /** `postgres://…`, as queue-address.ts reads it. */
  readonly url: string;
  /** Whether the tables are made if they are not there. */
  readonly create: boolean;
  /** That of the server, if not given. */
  readonly clock?: Clock;
  /** Tells whether a process still runs. If not given, the system is asked. */
  readonly isAlive?: (owner: Owner) => Liveness;
  readonly logger?: Logger;
}

/**
 * Undefined if there is no queue and `create` is false.
 * @throws CabError usage, queue_unreachable, queue_refused, queue_too_new
 */
export async function openPostgresJobStore(options: OpenOptions): Promise<JobStore | undefined> {
  const db = new Database(queueAddress(options.url));
  try {
    if (await migrate(db, options.create)) return await storeOn(db, options);
  } catch (error) {
    await db.close();
    throw error;
  }
  await db.close();
  return undefined;
}

async function storeOn(db: Database, options: OpenOptions): Promise<JobStore> {
  const clock = options.clock ?? (await ServerClock.of(db));
  const queue: Queue = {
    ...{ db, clock, place: db.name },
    horizon: new EventHorizon(db),
    isAlive: options.isAlive ?? isAliveHere,
    logger: options.logger,
  };
  return new PostgresJobStore(queue);
}

/** A process of another machine, or of another boot of it, cannot be looked for. */
const isAliveHere = (owner: Owner): Liveness =>
  owner.machine === currentOwner().machine ? isAlive(owner) : 'unknown';
