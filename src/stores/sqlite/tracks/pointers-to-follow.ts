/**
 * Jobs that are in the history of their track, but whose track's pointer has not been checked since. The transaction
 * that ends the job adds the note, and a check of the pointer removes it. What a dead process leaves here tells the
 * next one which pointers to check.
 */
import * as z from 'zod/mini';
import { isCabError } from '../../../core/model/errors.ts';
import type { TrailingTrack } from '../../../core/ports/jobs/track-records.ts';
import type { Queue } from '../queue.ts';
import { parsed } from '../../rows/rows.ts';

/** Milliseconds that the removal of a note may wait, to share a commit. After a crash the pointer is checked again. */
const patienceMs = 1000;

/** Runs within the transaction that ends the job. */
export const noteTrailing = ({ db }: Queue, job_id: string, track_id: string): void =>
  db.run('INSERT INTO trailing (job_id, track_id) VALUES (?, ?)', [job_id, track_id]);

export const trailing = (queue: Queue): Promise<readonly TrailingTrack[]> =>
  queue.db.read(() =>
    queue.db
      .all('SELECT job_id, track_id FROM trailing ORDER BY job_id')
      .map((row) => parsed(queue, trailingRow, row)),
  );

const trailingRow = z.object({ job_id: z.string(), track_id: z.string() });

/** Runs within the caller's transaction. */
export const dropTrailing = ({ db }: Queue, job_id: string): void =>
  db.run('DELETE FROM trailing WHERE job_id = ?', [job_id]);

export function caughtUp(queue: Queue, job_ids: readonly string[]): void {
  const removal = queue.db.writeSoftly(() => {
    for (const job_id of job_ids) dropTrailing(queue, job_id);
  }, patienceMs);
  // If the store is busy or full, the note stays, and the pointer is checked once more.
  removal.catch((error: unknown) => {
    if (!isCabError(error)) throw error;
  });
}
