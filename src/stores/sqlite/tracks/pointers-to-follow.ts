/**
 * Jobs that are in the history of their track, while nobody has looked since whether the track's pointer follows:
 * noted in the transaction that ends the job, and taken away after the look. What a dead process leaves here tells the
 * next one where to look.
 */
import * as z from 'zod/mini';
import { isCabError } from '../../../core/model/errors.ts';
import type { TrailingTrack } from '../../../core/ports/job-store.ts';
import type { Queue } from '../queue.ts';
import { parsed } from '../rows.ts';

/** How long a look may stay unnoted, to share a commit: after a crash it is done again. Milliseconds. */
const patienceMs = 1000;

/** Within the transaction that ends the job. */
export const noteTrailing = ({ db }: Queue, job_id: string, track_id: string): void =>
  db.run('INSERT INTO trailing (job_id, track_id) VALUES (?, ?)', [job_id, track_id]);

export const trailing = (queue: Queue): Promise<readonly TrailingTrack[]> =>
  queue.db.read(() =>
    queue.db
      .all('SELECT job_id, track_id FROM trailing ORDER BY job_id')
      .map((row) => parsed(queue, trailingRow, row)),
  );

const trailingRow = z.object({ job_id: z.string(), track_id: z.string() });

export function caughtUp({ db }: Queue, job_ids: readonly string[]): void {
  const removal = db.writeSoftly(() => {
    for (const job_id of job_ids) db.run('DELETE FROM trailing WHERE job_id = ?', [job_id]);
  }, patienceMs);
  // A store that is held or full keeps the note, and somebody looks once more.
  removal.catch((error: unknown) => {
    if (!isCabError(error)) throw error;
  });
}
