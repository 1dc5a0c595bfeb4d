import * as z from 'zod/mini';
import type { ClaimScope } from '../../../core/ports/jobs/job-queue.ts';
import { ownerOf, ownerText, parsed } from '../../rows/rows.ts';
import { storedText } from '../columns.ts';
import type { Queue } from '../queue.ts';

/** Whose jobs are claimed together, in one order. */
export interface Portion {
  /** A condition on `jobs`. */
  readonly sql: string;
  /** `$1` in it. */
  readonly submitters: readonly string[];
}

/** The portions of a claim, in the order in which they are taken: a worker's own jobs come before those that it adopts. */
export async function portionsOf(queue: Queue, scope: ClaimScope): Promise<readonly Portion[]> {
  if (scope.reach === 'all') return [{ sql: '$1::text[] IS NOT NULL', submitters: [] }];
  const self = ownerText(scope.owner);
  const own = { sql: 'submitter = ANY($1::text[])', submitters: [self] };
  if (scope.reach === 'own') return [own];
  const dead = (await submittersOf(queue)).filter(
    (text) => text !== self && queue.isAlive(ownerOf(queue, text)) === false,
  );
  return [own, { sql: '(submitter IS NULL OR submitter = ANY($1::text[]))', submitters: dead }];
}

/** What a worker may take besides: of embedded runners those that it holds, of kinds those that have room, of runners those that it has,
 * and what needs no more than it has. */
export const takableSql = `(object IS NULL OR object = ANY($2::text[]))
  AND (kind IS NULL OR kind <> ALL($3::text[])) AND runner <> ALL($4::text[])
  AND (needs IS NULL OR needs::jsonb <@ $5::jsonb)`;

/** The values of `takableSql`. */
export const takable = ({
  objects,
  without = [],
  labels = [],
  room = new Map(),
}: Pick<ClaimScope, 'objects' | 'without' | 'labels' | 'room'>): readonly unknown[] => [
  objects.map(storedText),
  [...room].flatMap(([kind, left]) => (left > 0 ? [] : [storedText(kind)])),
  without.map(storedText),
  JSON.stringify(labels),
];

const submitterRows = z.array(z.object({ submitter: z.string() }));

async function submittersOf(queue: Queue): Promise<readonly string[]> {
  const rows = await queue.db.run(submittersSql);
  return parsed(queue, submitterRows, rows).map(({ submitter }) => submitter);
}

/**
 * Each submitter once, by leaps through the index: one submitter may have a hundred thousand waiting jobs. Behind a job that runs
 * others of its submitter may wait, which are no heads.
 */
const submittersSql = `WITH RECURSIVE leaps AS (
    (SELECT submitter FROM jobs WHERE head = 1 AND state = 'pending' AND submitter IS NOT NULL
      ORDER BY submitter LIMIT 1)
    UNION ALL
    SELECT (SELECT submitter FROM jobs WHERE head = 1 AND state = 'pending'
      AND submitter > leaps.submitter ORDER BY submitter LIMIT 1)
    FROM leaps WHERE leaps.submitter IS NOT NULL
  )
  SELECT submitter FROM leaps WHERE submitter IS NOT NULL
  UNION
  SELECT submitter FROM jobs WHERE state = 'pending' AND due_ms IS NOT NULL AND submitter IS NOT NULL
  UNION
  SELECT submitter FROM jobs WHERE state = 'running' AND submitter IS NOT NULL`;
