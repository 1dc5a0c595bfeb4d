import { Readable } from 'node:stream';
import type { JobEvent } from '../../../core/model/job/job-event.ts';

export interface EventStreamOptions {
  readonly events: AsyncIterable<JobEvent>;
  /** The events begin after this `seq`. */
  readonly after: number;
  /** Milliseconds between comments on a quiet stream. They show each side whether the other is still there. */
  readonly heartbeatMs: number;
  /** The event that closes the stream when the events have ended, unless `signal` ended them. */
  readonly last: string | undefined;
  readonly signal: AbortSignal;
  /** Called if the events fail. The stream then ends, and the client resumes from its last event. */
  readonly onFailure: (error: unknown) => void;
}

/** Server-sent events. Takes no event from the source while the client is too slow. */
export function eventStream(options: EventStreamOptions): Readable {
  let makeRoom = (): void => undefined;
  const stream = new Readable({ read: () => makeRoom() });
  const heartbeat = setInterval(() => {
    if (stream.readableLength === 0) stream.push(':\n\n');
  }, options.heartbeatMs);
  stream.once('close', () => {
    clearInterval(heartbeat);
    makeRoom();
  });
  // Sends something at once, because the client would otherwise see no headers before the first event. It is an id,
  // so that a client whose connection breaks before the first event resumes from here.
  stream.push(`id: ${options.after}\n\n`);
  void pump(stream, options, () => new Promise((resolve) => (makeRoom = resolve)));
  return stream;
}

async function pump(
  stream: Readable,
  { events, last, signal, onFailure }: EventStreamOptions,
  room: () => Promise<void>,
): Promise<void> {
  try {
    for await (const event of events) {
      const hasRoom = stream.push(frameOf(event));
      if (!hasRoom && !stream.destroyed) await room();
      if (stream.destroyed) return;
    }
    if (last !== undefined && !signal.aborted) stream.push(`event: ${last}\ndata:\n\n`);
  } catch (error) {
    onFailure(error);
  }
  stream.push(null);
}

const frameOf = (event: JobEvent): string =>
  `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
