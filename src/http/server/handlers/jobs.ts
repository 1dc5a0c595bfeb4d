/** The operations that list, show and cancel jobs, and read their logs. */
import { Readable } from 'node:stream';
import type { Broker } from '../../../core/engine/broker.ts';
import type { LogPiece } from '../../../core/model/job/log-piece.ts';
import { exactText } from '../../../core/model/json/exact-json.ts';
import { anyQuery, endpoint } from '../endpoint.ts';
import {
  jobQuerySchema,
  jsonType,
  logFromHeader,
  logNextHeader,
  logSizeHeader,
  logQuerySchema,
  routes,
} from '../../wire/protocol.ts';
import { facetsFromWire, jobsQuerySchema } from '../../wire/job-selection.ts';
import { settledJob } from '../waiting.ts';

export const list = endpoint({
  id: 'listJobs',
  method: 'GET',
  url: routes.jobs,
  summary: 'A page of jobs, newest first, and the counts of all.',
  role: 'read',
  query: jobsQuerySchema,
  answers: { 200: { description: 'A page', schema: 'Jobs' } },
  handle: async ({ services: { broker }, query: { limit, cursor, ...facets } }) => {
    const page = broker.jobs({ ...facetsFromWire(facets), limit, cursor });
    const [{ jobs, next }, counts] = await Promise.all([page, broker.counts()]);
    return { counts, jobs, next };
  },
});

export const show = endpoint({
  id: 'getJob',
  method: 'GET',
  url: routes.job,
  summary: 'A job as it stands, or once it has ended (`wait`, in seconds).',
  role: 'read',
  query: jobQuerySchema,
  answers: { 200: { description: 'The job', schema: 'Job' } },
  handle: async ({ services, reply, param, query: { wait } }) =>
    settledJob(await services.broker.job(param('id')), wait, services, reply),
});

export const explain = endpoint({
  id: 'explainJob',
  method: 'GET',
  url: routes.explainJob,
  summary: 'Why a job ran: the closest entry before it, and what makes the same job again.',
  role: 'read',
  query: anyQuery,
  answers: { 200: { description: 'The reason', schema: 'JobExplanation' } },
  handle: async ({ services, reply, param }) =>
    reply.type(jsonType).send(exactText(await services.broker.explainJob(param('id')))),
});

export const cancel = endpoint({
  id: 'cancelJob',
  method: 'DELETE',
  url: routes.job,
  summary: 'Cancels a pending or running job; one that has ended stays as it is.',
  role: 'write',
  query: anyQuery,
  answers: { 200: { description: 'The job', schema: 'Job' } },
  handle: async ({ services, param }) => services.broker.cancel(param('id')),
});

export const log = endpoint({
  id: 'getJobLog',
  method: 'GET',
  url: routes.log,
  summary:
    'What the runner wrote: all so far, or one piece: from a byte on (`from`) or the end (`tail`), at most so many `bytes`.',
  role: 'read',
  query: logQuerySchema,
  answers: {
    200: {
      description: 'The log',
      contentType: 'text/plain',
      headers: ['Cab-Log-From', 'Cab-Log-Next', 'Cab-Log-Size'],
    },
  },
  handle: async ({ services: { broker }, request, reply, param, query }) => {
    const { from, tail, bytes } = query;
    const id = param('id');
    const isPiece = from !== undefined || tail !== undefined || bytes !== undefined;
    const piece = await broker.log(id, tail === undefined ? (from ?? 0) : -tail, bytes);
    reply.type('text/plain; charset=utf-8').header(logSizeHeader, piece.size);
    if (isPiece) reply.header(logFromHeader, piece.from).header(logNextHeader, piece.next);
    if (request.method === 'HEAD') return reply.send();
    return reply.send(isPiece ? piece.text : Readable.from(pieces(broker, id, piece)));
  },
});

async function* pieces(broker: Broker, id: string, first: LogPiece) {
  let piece = first;
  while (piece.text !== '') {
    yield piece.text;
    piece = await broker.log(id, piece.next);
  }
}
