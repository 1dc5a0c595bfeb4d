/** Which entries and inputs jobs still rely on, for garbage collection. core/ports/jobs/retention.ts states the promises. */
import * as z from 'zod/mini';
import type { Values } from '../database/database.ts';
import type { Reliance, Reliances } from '../../../core/ports/jobs/retention.ts';
import { ofResult } from '../result-key.ts';
import type { Queue } from '../queue.ts';
import { keyColumns, parsed } from '../../rows/rows.ts';

const rowsAtATime = 500;

const relianceRow = z.object({
  seq: z.int(),
  job_id: z.string(),
  ...keyColumns,
  input: z.nullable(z.string()),
  to_config_hash: z.nullable(z.string()),
  to_source_hash: z.nullable(z.string()),
});

/**
 * A predicted key and the key that it leads to. For a done job that is the key of its result, because a hit may have
 * no alias.
 */
const relianceSql = `SELECT jobs.seq, jobs.id AS job_id, jobs.config_hash, jobs.source_hash,
    iif(json_extract(spec, '$.input.kept'), json_extract(spec, '$.input.path'), NULL) AS input,
    iif(result IS NULL, aliases.to_config_hash, ${ofResult('config_hash')}) AS to_config_hash,
    iif(result IS NULL, aliases.to_source_hash, ${ofResult('source_hash')}) AS to_source_hash
  FROM jobs LEFT JOIN aliases
    ON aliases.config_hash = jobs.config_hash AND aliases.source_hash = jobs.source_hash`;
/** One statement a page, so that a job that changes between the two states is seen when its page is read. */
const liveSql = `${relianceSql} WHERE jobs.seq IN (SELECT seq FROM (
    ${['pending', 'running']
      .map(
        (state) => `SELECT seq FROM (SELECT seq FROM jobs INDEXED BY jobs_by_state
          WHERE state = '${state}' AND seq > @after ORDER BY seq LIMIT ${rowsAtATime})`,
      )
      .join(' UNION ALL ')} ORDER BY seq LIMIT ${rowsAtATime})) ORDER BY jobs.seq`;
const acceptedSql = `${relianceSql} WHERE jobs.seq > @after`;
const runningSql = `${relianceSql} WHERE state = 'running'`;

/**
 * Reads the moment first: a job that is accepted after it is reported by `arrivedSince`. A job that ends before its
 * page is read has written its pointer, its history and a fresh entry by then.
 */
export async function reliances(queue: Queue): Promise<Reliances> {
  const upTo = await queue.db.read(() => latestJob(queue));
  const of: Reliance[] = [];
  let after = 0;
  for (;;) {
    const values = { after };
    const rows = await queue.db.read(() => relianceRows(queue, liveSql, values));
    const last = rows.at(-1);
    if (last === undefined) return { of, upTo };
    of.push(...rows.flatMap(reliancesOf));
    after = last.seq;
  }
}

/** Within a transaction: what running jobs rely on, and jobs that were accepted after `upTo`. */
export function arrivedSince(queue: Queue, upTo: number): Reliances {
  const accepted = relianceRows(queue, acceptedSql, { after: upTo });
  const running = relianceRows(queue, runningSql);
  return { of: [...accepted, ...running].flatMap(reliancesOf), upTo: latestJob(queue) };
}

const latestJob = (queue: Queue): number =>
  Number(queue.db.value(`SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'jobs'`));

const relianceRows = (queue: Queue, sql: string, values: Values = {}) =>
  parsed(queue, z.array(relianceRow), queue.db.all(sql, values));

function reliancesOf({
  job_id,
  config_hash,
  source_hash,
  input,
  to_config_hash,
  to_source_hash,
}: z.infer<typeof relianceRow>): Reliance[] {
  const predicted = { job_id, config_hash, source_hash, input };
  if (to_config_hash === null || to_source_hash === null) return [predicted];
  return [predicted, { ...predicted, config_hash: to_config_hash, source_hash: to_source_hash }];
}
