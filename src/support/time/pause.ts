import { setTimeout as delay } from 'node:timers/promises';
import { errnoOf } from '../../core/model/errors.ts';

/** Waits `ms` milliseconds. False as soon as the signal ends the wait. */
export async function pause(ms: number, signal?: AbortSignal): Promise<boolean> {
  try {
    if (ms > 0) await delay(ms, undefined, { signal });
    return signal?.aborted !== true;
  } catch (error) {
    if (errnoOf(error) === 'ABORT_ERR') return false;
    throw error;
  }
}
