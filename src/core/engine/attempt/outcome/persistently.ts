import { setTimeout as delay } from 'node:timers/promises';
import { rootError } from '../../../../support/files/io-error.ts';
import { isCabError } from '../../../model/errors.ts';

const mostTries = 8;

/** Does it again for some seconds if the job store is busy or full, because the outcome of a job must be stored. */
export async function persistently<T>(what: string, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (raw) {
      const error = rootError(raw, what);
      if (!isCabError(error, 'queue_busy', 'no_space', 'io_error') || tries === mostTries)
        throw error;
      await delay(50 * 2 ** tries);
    }
  }
}
