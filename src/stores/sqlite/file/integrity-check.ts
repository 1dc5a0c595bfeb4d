/** What verify and its repair ask the job store. Nothing else asks it. */
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import type { Job } from '../../../core/model/job/job.ts';
import { isCabError } from '../../../core/model/errors.ts';
import type { Queue } from '../queue.ts';
import { jobOf } from '../../rows/job-row.ts';
import { isRow } from '../../rows/rows.ts';
import { ofResult } from '../result-key.ts';

const mostLines = 5;

/** Runs SQLite's own check of its pages and indexes. */
export async function check({ db }: Queue): Promise<readonly string[]> {
  try {
    const rows = await db.read(() => db.all(`PRAGMA quick_check(${mostLines})`));
    const lines = rows.flatMap((row) => (isRow(row) ? Object.values(row).map(String) : []));
    return lines.filter((line) => line !== 'ok');
  } catch (error) {
    if (isCabError(error, 'queue_unreadable')) return [error.message];
    throw error;
  }
}

export const endedAt = (
  queue: Queue,
  entries: readonly EntryKey[],
  limit: number,
): Promise<readonly Job[]> =>
  queue.db.read(() =>
    queue.db
      .all(endedAtSql, { keys: JSON.stringify(entries.map(formatKey)), limit })
      .map((row) => jobOf(queue, row)),
  );

const endedAtSql = `SELECT * FROM jobs
  WHERE state = 'done'
    AND ${ofResult('config_hash')} || '/' || ${ofResult('source_hash')}
      IN (SELECT value FROM json_each(@keys))
  ORDER BY seq DESC LIMIT +@limit`;
