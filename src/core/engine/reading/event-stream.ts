import { setMaxListeners } from 'node:events';
import type { EventQuery } from '../broker.ts';
import { heldAlive } from '../../../support/held-alive.ts';
import { isEnded } from '../../model/job/job.ts';
import type { JobEvent } from '../../model/job/job-event.ts';
import type { JobRecords } from '../../ports/jobs/job-records.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';

/** Events that are read at a time, in a millisecond or two. */
const batch = 32;

/** Streams of events that end together. */
export class EventStreams {
  readonly #closing = new AbortController();
  /** Shared by all streams: twenty streams that replay the history take no more of a loop turn than one. */
  readonly #turns: LoopTurns;

  constructor(turns: LoopTurns) {
    this.#turns = turns;
    setMaxListeners(0, this.#closing.signal);
  }

  follow(store: JobRecords, query: EventQuery): AsyncIterable<JobEvent> {
    return followEvents(store, query, { closing: this.#closing.signal, turns: this.#turns });
  }

  /** Every stream throws `failure`. */
  close(failure: Error): void {
    this.#closing.abort(failure);
  }
}

/**
 * Kept events after `after`, then new ones as they come; if a job is named, until it has ended. Throws the reason of `closing`.
 */
async function* followEvents(
  store: JobRecords,
  { job_id, after = 0, signal }: EventQuery,
  { closing, turns }: { readonly closing: AbortSignal; readonly turns: LoopTurns },
): AsyncIterable<JobEvent> {
  let seen = after;
  let wake = (): void => undefined;
  const onChange = (): void => wake();
  const unsubscribe = store.onChange(onChange);
  for (const end of [signal, closing]) end?.addEventListener('abort', onChange);
  try {
    for (;;) {
      await turns.next();
      // From here to the promise nothing is awaited: an abort in between would wake nobody.
      if (signal?.aborted === true) return;
      closing.throwIfAborted();
      const changed = new Promise<void>((resolve) => (wake = resolve));
      // The job is read before the events: if it has ended by then, its last event is among them.
      const job = job_id === undefined ? undefined : await store.get(job_id);
      const events = await store.events(seen, batch, job_id);
      for (const event of events) {
        seen = event.seq;
        yield event;
      }
      if (events.length === batch) continue;
      if (job_id !== undefined && (job === undefined || isEnded(job))) return;
      await heldAlive(changed);
    }
  } finally {
    unsubscribe();
    for (const end of [signal, closing]) end?.removeEventListener('abort', onChange);
  }
}
