/** The operations that stream events, of one job or of all jobs. */
import { CabError } from '../../../core/model/errors.ts';
import { eventStream } from '../delivery/event-stream.ts';
import { endpoint, type Call } from '../endpoint.ts';
import {
  endOfEvents,
  eventsQuerySchema,
  eventStreamType,
  lastEventHeader,
  routes,
} from '../../wire/protocol.ts';

const answers = {
  200: {
    description: 'Server-sent events; `data` is a JobEvent',
    contentType: 'text/event-stream',
  },
} as const;

export const ofJob = endpoint({
  id: 'followJob',
  method: 'GET',
  url: routes.jobEvents,
  summary: 'Events of one job; the event `end` closes them.',
  role: 'read',
  query: eventsQuerySchema,
  headers: ['Last-Event-ID'],
  answers,
  handle: async (call) => {
    const { job_id } = await call.services.broker.job(call.param('id'));
    return follow(call, { first: 0, job_id });
  },
});

export const ofAll = endpoint({
  id: 'followAll',
  method: 'GET',
  url: routes.events,
  summary:
    'Events of all jobs as they come; after a named event, those that are kept since it first.',
  role: 'read',
  query: eventsQuerySchema,
  headers: ['Last-Event-ID'],
  answers: { 200: { ...answers[200], headers: ['Cab-Last-Event'] } },
  handle: async (call) => {
    // Before the head of the answer is sent, so that a client that has read the head misses no later event.
    const last = await call.services.broker.lastEvent();
    call.reply.header(lastEventHeader, last);
    return follow(call, { first: last });
  },
});

interface Following {
  /** The event after which a reader starts if it names none. */
  readonly first: number;
  readonly job_id?: string;
}

function follow(
  { services, request, reply, query }: Call<{ after?: number | undefined }>,
  { first, job_id }: Following,
) {
  const { broker, ongoing, settings } = services;
  reply.type(eventStreamType).header('x-accel-buffering', 'no');
  if (request.method === 'HEAD') return reply.send();
  const signal = ongoing.signalFor(reply);
  if (signal === undefined)
    throw new CabError(
      'server_busy',
      `${settings.limits.held} waits and streams of events are open already`,
    );
  const after = lastSeen(request.headers['last-event-id']) ?? query.after ?? first;
  return reply.send(
    eventStream({
      events: broker.events({ after, signal, ...(job_id !== undefined && { job_id }) }),
      after,
      heartbeatMs: settings.limits.heartbeatMs,
      last: job_id === undefined ? undefined : endOfEvents,
      signal,
      onFailure: (error) => request.log.warn({ err: error }, 'a stream of events broke off'),
    }),
  );
}

/** Undefined for a header that is no `seq` of cab's. */
const lastSeen = (header: string | string[] | undefined): number | undefined =>
  typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
