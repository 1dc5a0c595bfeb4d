import * as z from 'zod/mini';
import type { Values } from '../database/database.ts';
import type { ClaimScope } from '../../../core/ports/jobs/job-queue.ts';
import type { Queue } from '../queue.ts';
import { ownerOf, ownerText, parsed } from '../../rows/rows.ts';

/** A claim's scope in the terms of the rows. */
export interface Reach {
  readonly objects: readonly string[];
  /**
   * The submitters as the column holds them, the worker itself first. Undefined: the jobs of every submitter,
   * and jobs without one.
   */
  readonly submitters: readonly string[] | undefined;
  /** Whether jobs without a submitter are included. Any worker may take those. */
  readonly unclaimed: boolean;
  /** As `ClaimScope`. */
  readonly room: ReadonlyMap<string, number>;
  readonly without: readonly string[];
  readonly labels: readonly string[];
}

/** No kind has a limit. */
export const boundless: ReadonlyMap<string, number> = new Map();

export function reachOf(queue: Queue, scope: ClaimScope): Reach {
  const { owner, reach, objects, room = boundless, without = [], labels = [] } = scope;
  const shared = { objects, room, without, labels };
  if (reach === 'all') return { ...shared, submitters: undefined, unclaimed: true };
  const self = ownerText(owner);
  if (reach === 'own') return { ...shared, submitters: [self], unclaimed: false };
  const dead = submittersOf(queue).filter(
    (text) => text !== self && queue.isAlive(ownerOf(queue, text)) === false,
  );
  return { ...shared, submitters: [self, ...dead], unclaimed: true };
}

/** Mostly a worker has all runners. Then `spec` is not looked at, and no row is read for it. */
export const withinReach = ({
  submitters,
  unclaimed,
}: Pick<Reach, 'submitters' | 'unclaimed'>): string => {
  const own = `(object IS NULL OR object IN (SELECT value FROM json_each(@objects)))
    AND (kind IS NULL OR kind NOT IN (SELECT value FROM json_each(@full)))
    AND (needs IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(needs)
      WHERE value NOT IN (SELECT value FROM json_each(@labels))))
    AND (@without = '[]' OR NOT json_valid(spec)
      OR spec ->> '$.runner' NOT IN (SELECT value FROM json_each(@without)))`;
  if (submitters === undefined) return own;
  const named = 'submitter IN (SELECT value FROM json_each(@submitters))';
  return `${own} AND ${unclaimed ? `(submitter IS NULL OR ${named})` : named}`;
};

export const reachValues = ({
  objects,
  submitters = [],
  room,
  without,
  labels,
}: Reach): Values => ({
  labels: JSON.stringify(labels),
  objects: JSON.stringify(objects),
  full: JSON.stringify([...room].flatMap(([kind, left]) => (left > 0 ? [] : [kind]))),
  submitters: JSON.stringify(submitters),
  without: JSON.stringify(without),
});

/** Each submitter once, by leaps through the index: one submitter may have a hundred thousand waiting jobs. */
export function submittersOf(queue: Queue): string[] {
  const found = new Set<string>();
  for (const row of queue.db.all(delayedSql)) found.add(parsed(queue, delayedRow, row).submitter);
  let next = queue.db.value(nextSql, { after: '' });
  while (typeof next === 'string') {
    found.add(next);
    next = queue.db.value(nextSql, { after: next });
  }
  return [...found];
}

const nextSql = `SELECT submitter FROM jobs INDEXED BY jobs_ready_by_submitter
  WHERE state = 'pending' AND due_ms IS NULL AND submitter > @after ORDER BY submitter LIMIT 1`;
const delayedSql = `SELECT DISTINCT submitter FROM jobs INDEXED BY jobs_delayed
  WHERE state = 'pending' AND due_ms IS NOT NULL AND submitter IS NOT NULL`;
const delayedRow = z.object({ submitter: z.string() });
