import * as z from 'zod/mini';
import { CabError } from '../../../core/model/errors.ts';
import { formatKey } from '../../../core/model/entry/key.ts';
import type { RunningJob } from '../../../core/model/job/job.ts';
import type { ClaimScope } from '../../../core/ports/jobs/job-queue.ts';
import { ifReadable, readable } from '../../rows/damaged-rows.ts';
import { keyColumns, nullableText, ownerText, parsed } from '../../rows/rows.ts';
import { shownText } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import { append } from '../events/events.ts';
import { laneIn } from '../transitions/lanes.ts';
import { runningJobIn } from '../lookups.ts';
import { wallTime, type Queue } from '../queue.ts';
import { endDelays } from './delays.ts';
import { portionsOf, takable, takableSql, type Portion } from './reach.ts';
import { endUnreadable } from './unreadable.ts';

/** Idle workers ask often, so a read looks for a job first. */
export async function claim(
  queue: Queue,
  scope: ClaimScope,
  limit: number,
): Promise<readonly RunningJob[]> {
  if (limit < 1) return [];
  await endDelays(queue);
  const portions = await portionsOf(queue, scope);
  if (!(await anyTakable(queue, scope, portions))) return [];
  const started = await queue.db.write(async (turn) => {
    const claimed: (RunningJob | CabError)[] = [];
    const room = new Map(scope.room);
    for (const portion of portions)
      claimed.push(
        ...(await claimOf(
          { queue, turn, scope, room, portion },
          Math.trunc(limit) - claimed.length,
        )),
      );
    return claimed;
  });
  return readable(queue, started);
}

async function anyTakable(
  { db }: Queue,
  scope: ClaimScope,
  portions: readonly Portion[],
): Promise<boolean> {
  for (const { sql, submitters } of portions) {
    const values = [submitters, ...takable(scope), 1];
    if ((await db.run(`${headsSql} AND ${sql} ${inOrder}`, values)).length > 0) return true;
  }
  return false;
}

interface PortionOfClaim {
  readonly queue: Queue;
  readonly turn: Transaction;
  readonly scope: ClaimScope;
  /** What is left of the room of each kind. */
  readonly room: Map<string, number>;
  readonly portion: Portion;
}

/** Looks again if heads were left out, because their kind has no room any more or their key runs now. */
async function claimOf(one: PortionOfClaim, limit: number): Promise<(RunningJob | CabError)[]> {
  const { queue, turn, scope, room, portion } = one;
  const sql = `${headsSql} AND ${portion.sql} ${inOrder} FOR UPDATE OF jobs SKIP LOCKED`;
  const claimed: (RunningJob | CabError)[] = [];
  while (claimed.length < limit) {
    const wanted = limit - claimed.length;
    const values = [portion.submitters, ...takable({ ...scope, room }), wanted];
    const heads = parsed(queue, z.array(headRow), await turn.query(sql, values));
    const taken = firstOfKeys(heads, room);
    claimed.push(...(await start(queue, turn, scope, taken)));
    if (taken.length === heads.length) break;
  }
  return claimed;
}

const headRow = z.object({ seq: z.number(), kind: nullableText, ...keyColumns });
type Head = z.infer<typeof headRow>;

function firstOfKeys(heads: readonly Head[], room: Map<string, number>): readonly Head[] {
  const keys = new Set<string>();
  return heads.filter((head) => {
    const kind = head.kind === null ? null : shownText(head.kind);
    const places = kind === null ? Infinity : (room.get(kind) ?? Infinity);
    if (keys.has(formatKey(head)) || places < 1) return false;
    if (kind !== null) room.set(kind, places - 1);
    keys.add(formatKey(head));
    return true;
  });
}

/** A head whose key runs costs one probe of an index. */
const headsSql = `SELECT seq, kind, config_hash, source_hash FROM jobs
  WHERE head = 1 AND state = 'pending' AND ${takableSql}
    AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.state = 'running'
      AND other.config_hash = jobs.config_hash AND other.source_hash = jobs.source_hash)`;
const inOrder = 'ORDER BY priority DESC, seq LIMIT $6';

async function start(
  queue: Queue,
  turn: Transaction,
  { owner, lease_ms }: ClaimScope,
  heads: readonly Head[],
): Promise<readonly (RunningJob | CabError)[]> {
  if (heads.length === 0) return [];
  const until = Math.ceil(queue.clock.monotonic() + lease_ms);
  const seqs = heads.map(({ seq }) => seq);
  const rows = await turn.query(startSql, [seqs, ownerText(owner), until, wallTime(queue)]);
  const found = new Map(rows.map((row) => [Number(row['seq']), row]));
  const started = seqs.flatMap((seq) => {
    const row = found.get(seq);
    return row === undefined ? [] : [{ seq, row, job: ifReadable(() => runningJobIn(queue, row)) }];
  });
  const moved = { from: 'pending', to: 'running' } as const;
  await append(
    queue,
    turn,
    started.map(({ seq, row }) => {
      const attempt = Number(row['attempts']);
      return { seq, moved, event: { type: 'started', attempt, data: { pid: owner.pid } } };
    }),
  );
  for (const { seq, row, job } of started)
    if (job instanceof CabError) await endUnreadable(queue, turn, { seq, lane: laneIn(row) }, job);
  return started.map(({ job }) => job);
}

/** The failure of the previous attempt stays, because a release shows it again. */
const startSql = `UPDATE jobs SET state = 'running', attempts = attempts + 1, epoch = epoch + 1,
    owner = $2, lease_until = $3, started_at = $4
  WHERE seq = ANY($1::bigint[]) RETURNING *`;
