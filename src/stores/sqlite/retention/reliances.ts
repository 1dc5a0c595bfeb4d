/** Which entries and inputs jobs still rely on, for garbage collection. core/ports/jobs/retention.ts states the promises. */
import * as z from 'zod/mini';
import type { Values } from '../database/database.ts';
import type { Reliances } from '../../../core/ports/jobs/retention.ts';
import { keptDatabaseSql, keptInputSql } from './kept-places.ts';
import { ofResult } from '../result-key.ts';
import type { Queue } from '../queue.ts';
import { collectReliances, reliancesOf, relianceRow } from '../../rows/reliance-row.ts';
import { parsed } from '../../rows/rows.ts';

const rowsAtATime = 500;

/**
 * A predicted key and the key that it leads to. For a done job that is the key of its result, because a hit may have
 * no alias.
 */
const relianceSql = `SELECT jobs.seq, jobs.id AS job_id, jobs.config_hash, jobs.source_hash,
    ${keptInputSql} AS input, ${keptDatabaseSql} AS database,
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
  const of = await collectReliances((after) =>
    queue.db.read(() => relianceRows(queue, liveSql, { after })),
  );
  return { of, upTo };
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
