/**
 * The events of all jobs, as they happen. One stream for the tab, read with `fetch` because that can send a token. It goes
 * on after the last event that it saw. Listeners get the events of one frame together, so that a flood repaints once.
 */
import * as is from './shape.ts';
import { signal } from '@preact/signals';
import { nextFrame } from './frame.ts';
import { Refusal, send } from './request.ts';
import { readEvents } from './event-reader.ts';

export const eventShape = is.object({
  seq: is.number,
  job_id: is.string,
  at: is.string,
  type: is.string,
  attempt: is.number,
  data: is.record(is.unknown),
});
export type JobEvent = is.Of<typeof eventShape>;

type Listener = (events: readonly JobEvent[]) => void;

/** `lost`: tried again after a pause. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');

/** Events that wait for a frame. A hidden tab gets none: then the oldest go, and listeners look at the whole anyway. */
const mostWaiting = 2000;
const listeners = new Set<Listener>();
let waiting: JobEvent[] = [];

/** Gives a function that ends it. */
export function onJobEvents(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

const deliver = nextFrame(() => {
  const events = waiting;
  waiting = [];
  for (const listener of listeners) listener(events);
});

function take(data: string): void {
  const event = eventShape(JSON.parse(data), '');
  if (waiting.length >= mostWaiting) waiting.splice(0, mostWaiting / 2);
  waiting.push(event);
  deliver();
}

const pauseMs = { first: 500, longest: 10_000 };

/** Until the signal ends it, or a token is asked for. */
export async function followEvents(signal: AbortSignal): Promise<void> {
  let last: string | undefined;
  const isOver = (): boolean => signal.aborted;
  for (let pause = pauseMs.first; !isOver();) {
    try {
      const headers = last === undefined ? {} : { 'last-event-id': last };
      const response = await send('/echo/events', { signal, headers });
      connection.value = 'live';
      pause = pauseMs.first;
      await readEvents(response, (data, id) => {
        if (id !== undefined) last = id;
        if (data !== '') take(data);
      });
    } catch (error) {
      if (isOver() || (error instanceof Refusal && error.status === 401)) return;
    }
    connection.value = 'lost';
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, pauseMs.longest);
  }
}
