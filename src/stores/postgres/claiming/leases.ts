/** Leases of running jobs: renews them, and takes jobs back from dead workers. */
import * as z from 'zod/mini';
import { CabError } from '../../../core/model/errors.ts';
import type { RunningJob } from '../../../core/model/job/job.ts';
import { objectOfSubmitter } from '../../../core/model/runner/runner-object.ts';
import { afterCrash, canceled } from '../../../core/ports/jobs/endings.ts';
import type { Heartbeat } from '../../../core/ports/jobs/job-queue.ts';
import { ifReadable, readable } from '../../rows/damaged-rows.ts';
import { ownerOf, ownerText, parsed } from '../../rows/rows.ts';
import type { Row } from '../database/database.ts';
import { laneIn } from '../transitions/lanes.ts';
import { leave, type Leaver } from '../transitions/leave.ts';
import { jobIn, runningJobIn } from '../lookups.ts';
import type { Queue } from '../queue.ts';
import { currentOwner } from '../../../support/process/owner.ts';
import { endUnreadable } from './unreadable.ts';

export async function heartbeat(
  { db, clock }: Queue,
  { id, epoch }: RunningJob,
  lease_ms: number,
): Promise<Heartbeat> {
  const until = Math.ceil(clock.monotonic() + lease_ms);
  const [row] = await db.run(renewSql, [id, epoch, until]);
  if (row === undefined) return 'lost';
  return row['cancel_requested'] === 1 ? 'cancel' : 'held';
}

const renewSql = `UPDATE jobs SET lease_until = $3
  WHERE id = $1 AND state = 'running' AND epoch = $2 RETURNING cancel_requested`;

export const canceling = async (queue: Queue): Promise<readonly z.infer<typeof cancelingRow>[]> =>
  parsed(queue, z.array(cancelingRow), await queue.db.run(cancelingSql));

const cancelingRow = z.object({ id: z.string(), epoch: z.number() });
const cancelingSql = `SELECT id, epoch FROM jobs WHERE state = 'running' AND cancel_requested = 1`;

const suspectsRow = z.object({
  owners: z.nullable(z.array(z.string())),
  expired: z.boolean(),
  submitters: z.nullable(z.array(z.string())),
});

/** Workers ask with each claim, so one look tells that nothing is to be done. */
const suspectsSql = `SELECT
    (SELECT array_agg(DISTINCT owner) FROM jobs WHERE state = 'running' AND owner <> $1) AS owners,
    EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND lease_until <= $2) AS expired,
    (SELECT array_agg(DISTINCT submitter) FROM jobs
      WHERE head = 1 AND state = 'pending' AND submitter IS NOT NULL AND object = $3) AS submitters`;

export async function reap(queue: Queue): Promise<readonly RunningJob[]> {
  const [row] = await queue.db.run(suspectsSql, [
    ownerText(currentOwner()),
    queue.clock.monotonic(),
    objectOfSubmitter,
  ]);
  const { owners, expired, submitters } = parsed(queue, suspectsRow, row);
  const dead = deadOf(queue, owners ?? []);
  const gone = deadOf(queue, submitters ?? []);
  const lost = expired || dead.length > 0 ? await takeBack(queue, dead) : [];
  // Also where a job of theirs was taken back just now.
  if (gone.length > 0 || dead.length > 0) await endOrphans(queue, [...gone, ...dead]);
  return readable(queue, lost);
}

/** If an owner's name cannot be read, only its lease decides. */
const deadOf = (queue: Queue, texts: readonly string[]): readonly string[] =>
  texts.filter((text) => {
    const owner = ifReadable(() => ownerOf(queue, text));
    return !(owner instanceof CabError) && queue.isAlive(owner) === false;
  });

const takeBack = (queue: Queue, dead: readonly string[]): Promise<(RunningJob | CabError)[]> =>
  queue.db.write(async (turn) => {
    const rows = await turn.query(lostSql, [dead, queue.clock.monotonic()]);
    const lost = rows.map((row) => ({ row, job: ifReadable(() => runningJobIn(queue, row)) }));
    const leavers: Leaver[] = [];
    for (const { row, job } of lost) {
      const place = placeOf(row);
      if (job instanceof CabError) await endUnreadable(queue, turn, place, job);
      else
        leavers.push({
          ...place,
          from: 'running',
          ...crashed(job, dead.includes(ownerText(job.owner))),
        });
    }
    await leave(queue, turn, leavers);
    return lost.map(({ job }) => job);
  });

/** A row that another reaper holds is that reaper's. */
const lostSql = `SELECT * FROM jobs
  WHERE state = 'running' AND (owner = ANY($1::text[]) OR lease_until <= $2)
  ORDER BY seq FOR UPDATE SKIP LOCKED`;

const placeOf = (row: Row) => ({ seq: Number(row['seq']), lane: laneIn(row) });

function crashed(running: RunningJob, isDead: boolean): Pick<Leaver, 'job' | 'settlement'> {
  const crashes = running.crashes + 1;
  const settlement = running.cancel_requested ? canceled : afterCrash(running, crashes, isDead);
  return { job: { ...running, crashes }, settlement };
}

/** Ends jobs that no process can run any more, because what they need was in the memory of a dead submitter. */
async function endOrphans(queue: Queue, submitters: readonly string[]): Promise<void> {
  const values = [submitters, objectOfSubmitter];
  const locks = (await queue.db.run(orphansSql('lane'), values)).map(laneIn);
  if (locks.length === 0) return;
  await queue.db.write(
    async (turn) => {
      const rows = await turn.query(`${orphansSql('*')} ORDER BY seq FOR UPDATE`, values);
      const leavers = rows
        // One that came into another lane meanwhile is the next reaper's.
        .filter((row) => locks.includes(laneIn(row)))
        .map((row): Leaver => ({
          ...{ ...placeOf(row), from: 'pending', job: jobIn(queue, row), settlement: canceled },
        }));
      await leave(queue, turn, leavers);
    },
    { locks },
  );
}

const orphansSql = (columns: string): string => `SELECT ${columns} FROM jobs
  WHERE state = 'pending' AND submitter = ANY($1::text[]) AND object = $2`;
