/** Digests of files that were hashed before. A path and a stamp mean something on one machine, so each has its own. */
import { hostname } from 'node:os';
import * as z from 'zod/mini';
import type { RememberedDigest } from '../../../core/model/request/digest-memory.ts';
import type { SweepPosition, Swept } from '../../../core/ports/jobs/retention.ts';
import { parsed } from '../../rows/rows.ts';
import { rowsAtATime, sweepStale } from '../../rows/sweep.ts';
import { columnsOf, shownText, storedText } from '../columns.ts';
import type { Queue } from '../queue.ts';

const machine = hostname();

/** In one look, whatever their number. */
export async function digests(
  queue: Queue,
  files: readonly Pick<RememberedDigest, 'path' | 'fingerprint'>[],
): Promise<readonly (string | undefined)[]> {
  if (files.length === 0) return [];
  const paths = files.map(({ path }) => storedText(path));
  const rows = parsed(queue, digestRows, await queue.db.run(digestsSql, [machine, paths]));
  const known = new Map(rows.map((row) => [row.path, row]));
  return files.map(({ fingerprint }, at) => {
    const row = known.get(paths[at] ?? '');
    return row?.fingerprint === fingerprint ? row.digest : undefined;
  });
}

const digestRow = z.object({ path: z.string(), fingerprint: z.string(), digest: z.string() });
const digestRows = z.array(digestRow);
const digestsSql = `SELECT path, fingerprint, digest FROM digests
  WHERE machine = $1 AND path = ANY($2::text[])`;

export async function rememberDigests(
  { db }: Queue,
  remembered: readonly RememberedDigest[],
): Promise<void> {
  if (remembered.length === 0) return;
  // The last of a path counts. In one order, so that two processes do not wait for each other.
  const last = new Map(remembered.map((one) => [storedText(one.path), one]));
  const rows = [...last].sort(([a], [b]) => (a < b ? -1 : 1));
  await db.run(rememberSql, [
    machine,
    ...columnsOf(
      rows,
      ([path]) => path,
      ([, { fingerprint }]) => fingerprint,
      ([, { digest }]) => digest,
    ),
  ]);
}

const rememberSql = `INSERT INTO digests (machine, path, fingerprint, digest)
  SELECT $1, path, fingerprint, digest
  FROM unnest($2::text[], $3::text[], $4::text[]) AS new (path, fingerprint, digest)
  ON CONFLICT (machine, path)
  DO UPDATE SET fingerprint = excluded.fingerprint, digest = excluded.digest`;

const pageSql = `SELECT path, fingerprint, digest FROM digests
  WHERE machine = $1 AND path > $2 ORDER BY path LIMIT ${rowsAtATime}`;
const dropSql = `DELETE FROM digests WHERE machine = $1 AND (path, fingerprint) IN
  (SELECT * FROM unnest($2::text[], $3::text[]))`;

export const dropDigests = (
  queue: Queue,
  isStale: (path: string, fingerprint: string) => Promise<boolean>,
  from: SweepPosition,
): Promise<Swept> =>
  sweepStale(
    from,
    (path, fingerprint) => isStale(shownText(path), fingerprint),
    async (after) => parsed(queue, digestRows, await queue.db.run(pageSql, [machine, after])),
    (stale) =>
      queue.db.run(dropSql, [
        machine,
        ...columnsOf(
          stale,
          ({ path }) => path,
          ({ fingerprint }) => fingerprint,
        ),
      ]),
  );
