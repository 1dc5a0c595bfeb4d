/** Leases of running jobs: renews them, and takes jobs back from dead workers. */
import * as z from 'zod/mini';
import type { RunningJob } from '../../../core/model/job/job.ts';
import { afterCrash, canceled } from '../../../core/ports/jobs/endings.ts';
import type { Heartbeat } from '../../../core/ports/jobs/job-queue.ts';
import { timeOf, type Queue } from '../queue.ts';
import { runningJobOf } from '../../rows/job-row.ts';
import { currentOwner } from '../../../support/process/owner.ts';
import { ownerOf, ownerText, parsed } from '../../rows/rows.ts';
import { leave } from '../settlements.ts';
import { CabError } from '../../../core/model/errors.ts';
import { endOrphans, orphansOf } from './orphans.ts';
import { ifReadable, readable } from '../../rows/damaged-rows.ts';
import { endUnreadable } from './damaged-rows.ts';

/** Does not wait for the disk: if a crash of the machine undoes it, the new boot ends the lease anyway. */
export const heartbeat = (queue: Queue, job: RunningJob, lease_ms: number): Promise<Heartbeat> =>
  queue.db.writeSoftly(() => {
    const { id, epoch } = job;
    const { boot, now } = timeOf(queue);
    const requested = queue.db.value(renewSql, {
      id,
      epoch,
      boot,
      until: Math.ceil(now + lease_ms),
    });
    if (requested === undefined) return 'lost';
    return requested === 1 ? 'cancel' : 'held';
  });

const renewSql = `UPDATE jobs SET lease_boot = @boot, lease_until = @until
  WHERE id = @id AND state = 'running' AND epoch = @epoch RETURNING cancel_requested`;

export const canceling = (queue: Queue): Promise<readonly z.infer<typeof cancelingRow>[]> =>
  queue.db.read(() => queue.db.all(cancelingSql).map((row) => parsed(queue, cancelingRow, row)));

const cancelingRow = z.object({ id: z.string(), epoch: z.int() });
const cancelingSql = `SELECT id, epoch FROM jobs INDEXED BY jobs_running
  WHERE state = 'running' AND cancel_requested = 1`;

/** Checks the owners before it takes the lock, because asking the system takes time. A dead owner stays dead. */
export async function reap(queue: Queue): Promise<readonly RunningJob[]> {
  const suspects = await queue.db.read(() => suspectsOf(queue));
  const isOrphaned =
    suspects.length > 0 || (await queue.db.read(() => orphansOf(queue).length > 0));
  if (!isOrphaned) return [];
  const released = await queue.db.write(() => {
    const lost = suspects.filter((suspect) => release(queue, suspect)).map(({ job }) => job);
    endOrphans(queue);
    return lost;
  });
  return readable(queue, released);
}

interface Suspect {
  readonly seq: number;
  readonly epoch: number;
  readonly job: RunningJob | CabError;
  readonly dead: boolean;
}

const leaseRow = z.object({
  seq: z.int(),
  epoch: z.int(),
  owner: z.string(),
  lease_boot: z.string(),
  lease_until: z.int(),
});

/**
 * Reads only the lease of a job that runs, and not even that if its owner is this process: a worker
 * asks with each claim.
 */
function suspectsOf(queue: Queue): Suspect[] {
  const { boot, now } = timeOf(queue);
  const deaths = new Map<string, boolean>();
  const suspects: Suspect[] = [];
  const self = ownerText(currentOwner());
  for (const row of queue.db.all(leasesSql, { self, boot, now })) {
    const { seq, epoch, owner, lease_boot, lease_until } = parsed(queue, leaseRow, row);
    const dead = deaths.get(owner) ?? isDead(queue, owner);
    deaths.set(owner, dead);
    if (!dead && lease_boot === boot && lease_until > now) continue;
    const running = queue.db.get(runningSql, { seq, epoch });
    if (running === undefined) continue;
    suspects.push({ seq, epoch, job: ifReadable(() => runningJobOf(queue, running)), dead });
  }
  return suspects;
}

const leasesSql = `SELECT seq, epoch, owner, lease_boot, lease_until FROM jobs INDEXED BY jobs_running
  WHERE state = 'running' AND (owner <> @self OR lease_boot <> @boot OR lease_until <= @now)
  ORDER BY seq`;
const runningSql = `SELECT * FROM jobs WHERE seq = @seq AND state = 'running' AND epoch = @epoch`;

/** If the owner's name cannot be read, only its lease decides. */
function isDead(queue: Queue, text: string): boolean {
  const owner = ifReadable(() => ownerOf(queue, text));
  return !(owner instanceof CabError) && queue.isAlive(owner) === false;
}

/**
 * Asks again under the lock, because the worker may have settled or renewed its lease meanwhile. A job whose outcome its dead worker
 * had kept is not released: the next worker ends it with that outcome.
 */
function release(queue: Queue, { seq, epoch, job, dead }: Suspect): boolean {
  const requested = queue.db.value(stillLostSql, {
    seq,
    epoch,
    dead: dead ? 1 : 0,
    ...timeOf(queue),
  });
  if (requested === undefined) return false;
  if (job instanceof CabError) {
    endUnreadable(queue, seq, job);
    return true;
  }
  const crashes = job.crashes + 1;
  leave(queue, { ...job, crashes }, requested === 1 ? canceled : afterCrash(job, crashes, dead));
  return true;
}

const stillLostSql = `SELECT cancel_requested FROM jobs
  WHERE seq = @seq AND state = 'running' AND epoch = @epoch
    AND (@dead OR lease_boot <> @boot OR lease_until <= @now)
    AND NOT (@dead AND EXISTS (
      SELECT 1 FROM unwritten WHERE unwritten.job_id = jobs.id AND unwritten.epoch = jobs.epoch))`;
