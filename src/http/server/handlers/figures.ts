/** The operations that count: jobs by facet, and what hits saved. */
import { endpoint } from '../endpoint.ts';
import { facetsFromWire, facetsQuerySchema } from '../../wire/job-selection.ts';
import { routes, statsQuerySchema } from '../../wire/protocol.ts';

export const facets = endpoint({
  id: 'countJobs',
  method: 'GET',
  url: routes.facets,
  summary: 'How many jobs fit, by state, runner and track; of very many the latest are counted.',
  role: 'read',
  query: facetsQuerySchema,
  answers: { 200: { description: 'The counts', schema: 'FacetCounts' } },
  handle: async ({ services: { broker, recent }, query }) =>
    recent.facets.get(JSON.stringify(query), () => broker.facets(facetsFromWire(query))),
});

export const stats = endpoint({
  id: 'getStats',
  method: 'GET',
  url: routes.stats,
  summary: 'Hits, runs, failures and what hits saved, by runner and by day, and why jobs ran.',
  role: 'read',
  query: statsQuerySchema,
  answers: { 200: { description: 'The figures', schema: 'Stats' } },
  handle: async ({ services: { broker, recent }, query: { since } }) =>
    recent.stats.get(since ?? '', () => broker.stats(since ?? thirtyDaysAgo())),
});

const thirtyDaysAgo = (): string => new Date(Date.now() - 30 * 86_400_000).toISOString();
