/** The operations that change many jobs together. */
import { manyFromWire, manyRequestSchema } from '../../wire/job-bulk.ts';
import { routes } from '../../wire/protocol.ts';
import { anyQuery, endpoint } from '../endpoint.ts';
import { bodyOf } from '../json-body.ts';

const answers = { 200: { description: 'What was changed', schema: 'ManyChanged' } } as const;

export const cancel = endpoint({
  id: 'cancelJobs',
  method: 'POST',
  url: routes.cancelMany,
  summary: 'Cancels the jobs that are named, or that fit the facets, and have not ended.',
  role: 'write',
  query: anyQuery,
  body: 'ManyRequest',
  answers,
  handle: async ({ services: { broker }, request }) =>
    broker.cancelMany(manyFromWire(bodyOf(manyRequestSchema, request.body))),
});

export const retry = endpoint({
  id: 'retryJobs',
  method: 'POST',
  url: routes.retryMany,
  summary:
    'Submits again the jobs that are named, or that fit the facets and failed, unless a later job does the same work.',
  role: 'write',
  query: anyQuery,
  body: 'ManyRequest',
  answers,
  handle: async ({ services: { broker, fence }, request }) =>
    broker.retryMany(manyFromWire(bodyOf(manyRequestSchema, request.body)), { fence }),
});
