import { NoLongerThere } from '../ports/jobs/job-queue.ts';
import { pause } from '../../support/time/pause.ts';

/**
 * Does the work again for as long as garbage collection removes what it relies on. That takes milliseconds; if the collector
 * hangs, `condemnedMs` at most. Throws what the work throws, and the signal's reason.
 */
export async function onceReleased<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let ms = 0; ; ms = Math.min(2 * ms + 1, longestMs)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NoLongerThere)) throw error;
    }
    if (!(await pause(ms, signal))) signal?.throwIfAborted();
  }
}

const longestMs = 100;
