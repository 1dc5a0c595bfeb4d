import { CabError, isCabError } from '../../../core/model/errors.ts';
import type { JobFailure } from '../../../core/model/job/job.ts';
import { failureData } from '../../../core/model/job/job-event.ts';
import { append } from '../events.ts';
import { wallTime, type Queue } from '../queue.ts';

/** The value that was read from a row, or the error if the row is damaged. */
export function ifReadable<T>(read: () => T): T | CabError {
  try {
    return read();
  } catch (error) {
    if (isCabError(error, 'queue_unreadable')) return error;
    throw error;
  }
}

/**
 * Ends a job whose row cannot be read, within the caller's transaction. If the job stayed, each claim would fail on
 * it, and no other job could run. The row keeps all that the job was accepted with, so the job can be retried once
 * its row is repaired.
 */
export function endUnreadable(queue: Queue, seq: number, { code, message }: CabError): void {
  const failure: JobFailure = {
    code,
    message,
    hint: whatToDo,
    details: { field: 'job', file: queue.db.file },
  };
  queue.db.run(endSql, { seq, finished_at: wallTime(queue), failure: JSON.stringify(failure) });
  append(queue, seq, { type: 'failed', attempt: 0, data: failureData(failure) });
}

/**
 * The jobs that could be read. Logs the others, which are ended on disk by now, because those jobs can show
 * their damage to nobody.
 */
export function readable<T>({ logger }: Queue, found: readonly (T | CabError)[]): T[] {
  return found.flatMap((job) => {
    if (!(job instanceof CabError)) return [job];
    logger?.error(
      { job: job.details['job'], err: job, hint: whatToDo },
      'a job that cannot be read was ended',
    );
    return [];
  });
}

const whatToDo =
  'Submit it again, and have the job store examined: more may be damaged. A fresh one takes over all that can be read.';

const endSql = `UPDATE jobs SET state = 'error', finished_at = @finished_at, failure = @failure,
    owner = NULL, lease_boot = NULL, lease_until = NULL, cancel_requested = 0
  WHERE seq = @seq`;
