import * as z from 'zod/mini';
import { formatKey } from '../../../core/model/entry/key.ts';
import type { Queue } from '../queue.ts';
import { reachValues, withinReach, type Reach } from './claim-scope.ts';
import { keyColumns, nullableText, parsed } from '../../rows/rows.ts';

const candidateRow = z.object({
  seq: z.int(),
  priority: z.int(),
  kind: nullableText,
  ...keyColumns,
});
export type Candidate = z.infer<typeof candidateRow>;

/**
 * The first `limit` ready jobs to run. No two have the same key, and none has a key that runs. A worker's own
 * jobs come before those that it adopts. At most `limit` keys are read of each submitter: a later job cannot be
 * among the first `limit`.
 */
export function candidates(queue: Queue, reach: Reach, limit: number): Candidate[] {
  const { submitters, unclaimed } = reach;
  const values = reachValues({ ...reach, submitters: undefined });
  if (submitters === undefined)
    return firstOfKeys(queue, queue.db.iterate(readySql, values), reach, limit);
  const [own = [], ...others] = submitters.map((submitter) =>
    firstOfKeys(
      queue,
      queue.db.iterate(readyOfSubmitterSql, { ...values, submitter }),
      reach,
      limit,
    ),
  );
  if (unclaimed)
    others.push(firstOfKeys(queue, queue.db.iterate(readyOfNobodySql, values), reach, limit));
  const adopted = others.flat().sort((a, b) => b.priority - a.priority || a.seq - b.seq);
  return firstOfKeys(queue, [...own, ...adopted], reach, limit);
}

/** Reads no more rows than it needs, and takes of each kind as many as there is room for. */
function firstOfKeys(
  queue: Queue,
  rows: Iterable<unknown>,
  { room }: Reach,
  limit: number,
): Candidate[] {
  const found = new Map<string, Candidate>();
  const left = new Map(room);
  for (const row of rows) {
    const candidate = parsed(queue, candidateRow, row);
    const { kind } = candidate;
    const key = formatKey(candidate);
    const places = kind === null ? Infinity : (left.get(kind) ?? Infinity);
    if (found.has(key) || places < 1) continue;
    if (kind !== null) left.set(kind, places - 1);
    found.set(key, candidate);
    if (found.size === limit) break;
  }
  return [...found.values()];
}

/** A waiting job whose key runs costs one probe of an index, and its row is not read. */
const readyIn = (index: string, more = ''): string =>
  `SELECT seq, priority, kind, config_hash, source_hash FROM jobs INDEXED BY ${index}
    WHERE state = 'pending' AND due_ms IS NULL
    AND ${withinReach({ submitters: undefined, unclaimed: true })}
    AND NOT EXISTS (
      SELECT 1 FROM jobs AS other INDEXED BY jobs_running WHERE other.state = 'running'
        AND other.config_hash = jobs.config_hash AND other.source_hash = jobs.source_hash)
    ${more} ORDER BY priority DESC, seq`;
const readySql = readyIn('jobs_ready');
const readyOfNobodySql = readyIn('jobs_ready', 'AND submitter IS NULL');
const readyOfSubmitterSql = readyIn('jobs_ready_by_submitter', 'AND submitter = @submitter');
