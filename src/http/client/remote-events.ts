import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { EventQuery } from '../../core/engine/broker.ts';
import { CabError, isCabError } from '../../core/model/errors.ts';
import type { JobEvent } from '../../core/model/job/job-event.ts';
import type { Connection } from './connection.ts';
import { isLost } from '../../support/network/lost-connection.ts';
import type { ReconnectDeadline } from '../../support/time/reconnect-deadline.ts';
import { jobEventSchema } from '../../core/model/job/event-schema.ts';
import { endOfEvents, lastEventHeader, paths } from '../wire/protocol.ts';

/** Reads server-sent events as job events. If the stream breaks, continues after the last event that arrived. */
export async function* remoteEvents(
  connection: Connection,
  { job_id, after = 0, signal }: EventQuery,
  deadline: ReconnectDeadline,
): AsyncIterable<JobEvent> {
  const path = job_id === undefined ? paths.events : paths.jobEvents(job_id);
  let last = after;
  while (signal?.aborted !== true) {
    let broken: unknown = new CabError('daemon_unreachable', `${connection.whence} ended ${path}`);
    try {
      const headers = { accept: 'text/event-stream', 'last-event-id': String(last) };
      const { body } = await connection.stream({ path, headers, signal, isLong: true });
      deadline.renew();
      for await (const { event, data } of messages(body)) {
        deadline.renew();
        if (event === endOfEvents) return;
        const told = parseEvent(data, `${connection.whence}: ${path}`);
        last = told.seq;
        yield told;
        if (isAborted(signal)) return;
      }
    } catch (error) {
      if (isAborted(signal)) return;
      if (!isLost(error) && !isCabError(error, 'daemon_unreachable')) throw error;
      broken = isLost(error) ? connection.unreachable(error) : error;
    }
    await deadline.pause(broken);
  }
}

/** @throws CabError answer_invalid, and the errors that the daemon answers */
export function lastRemoteEvent(connection: Connection): Promise<number> {
  const path = paths.events;
  return connection.ask({ method: 'HEAD', path }, async ({ body, headers }) => {
    await body.dump();
    const last = Number(headers[lastEventHeader] ?? NaN);
    if (Number.isSafeInteger(last)) return last;
    throw new CabError(
      'answer_invalid',
      `${connection.whence}: ${path} does not say which event is the last`,
    );
  });
}

/** A function, because an abort may come at any `await`, and the compiler would assume the value is unchanged. */
const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

async function* messages(body: AsyncIterable<Uint8Array>): AsyncIterable<EventSourceMessage> {
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => arrived.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* arrived.splice(0);
  }
}

function parseEvent(data: string, whence: string): JobEvent {
  try {
    return jobEventSchema().parse(JSON.parse(data));
  } catch (error) {
    throw new CabError('answer_invalid', `${whence}: an event cannot be understood`, {
      cause: error,
    });
  }
}
