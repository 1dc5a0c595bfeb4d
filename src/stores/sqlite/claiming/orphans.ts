/**
 * Ends pending jobs that no process can run any more, because what they need was in the memory of a dead submitter.
 */
import * as z from 'zod/mini';
import { objectOfSubmitter } from '../../../core/model/runner/runner-object.ts';
import { findJob } from '../lookups.ts';
import type { Queue } from '../queue.ts';
import { ownerOf, parsed } from '../../rows/rows.ts';
import { canceled } from '../../../core/ports/jobs/endings.ts';
import { leave } from '../settlements.ts';
import { submittersOf } from './claim-scope.ts';

/**
 * The ids of such jobs. If a submitter submitted other jobs, only one of its rows is read, because a hundred thousand
 * may wait.
 */
export const orphansOf = (queue: Queue): string[] =>
  submittersOf(queue)
    .filter((submitter) => queue.db.value(firstObjectSql, { submitter }) === objectOfSubmitter)
    .filter((submitter) => queue.isAlive(ownerOf(queue, submitter)) === false)
    .flatMap((submitter) =>
      queue.db
        .all(orphansSql, { submitter, object: objectOfSubmitter })
        .map((row) => parsed(queue, orphanRow, row).id),
    );

/** Runs within the caller's transaction. */
export function endOrphans(queue: Queue): void {
  for (const id of orphansOf(queue)) {
    const job = findJob(queue, id);
    if (job !== undefined) leave(queue, job, canceled);
  }
}

const orphanRow = z.object({ id: z.string() });
const ofSubmitter = `FROM jobs INDEXED BY jobs_ready_by_submitter
  WHERE state = 'pending' AND due_ms IS NULL AND submitter = @submitter`;
const firstObjectSql = `SELECT object ${ofSubmitter} LIMIT 1`;
const orphansSql = `SELECT id ${ofSubmitter} AND object = @object`;
