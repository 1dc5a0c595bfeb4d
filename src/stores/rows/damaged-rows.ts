/** What becomes of a job whose row cannot be read: it ends, so that it does not block the others. */
import { CabError, isCabError } from '../../core/model/errors.ts';
import type { JobFailure } from '../../core/model/job/job.ts';
import type { Logger } from '../../support/logger.ts';

/** The value that was read from a row, or the error if the row is damaged. */
export function ifReadable<T>(read: () => T): T | CabError {
  try {
    return read();
  } catch (error) {
    if (isCabError(error, 'queue_unreadable')) return error;
    throw error;
  }
}

/** Why such a job ended. @param place the job store, as messages name it */
export const unreadableFailure = ({ code, message }: CabError, place: string): JobFailure => ({
  code,
  message,
  hint: whatToDo,
  details: { field: 'job', file: place },
});

/**
 * The jobs that could be read. Logs the others, which are ended on disk by now, because those jobs can show
 * their damage to nobody.
 */
export function readable<T>(
  { logger }: { readonly logger?: Logger | undefined },
  found: readonly (T | CabError)[],
): T[] {
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
