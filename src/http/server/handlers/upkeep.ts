/** The operations that tell about the root beside its jobs. */
import { CabError } from '../../../core/model/errors.ts';
import { entryQuerySchema, gcPlanQuerySchema, routes } from '../../wire/protocol.ts';
import { anyQuery, endpoint, type Services } from '../endpoint.ts';
import type { Upkeep } from '../options.ts';

export const entry = endpoint({
  id: 'getEntryDetail',
  method: 'GET',
  url: routes.entryDetail,
  summary: 'The files of an entry, when it was checked and read, and who relies on it.',
  role: 'read',
  query: entryQuerySchema,
  answers: { 200: { description: 'What is known', schema: 'EntryDetail' } },
  handle: async ({ services, query }) => upkeepOf(services).entry(query),
});

export const reports = endpoint({
  id: 'getReports',
  method: 'GET',
  url: routes.reports,
  summary: 'What the last verify and the last gc reported, quarantine, and pins.',
  role: 'read',
  query: anyQuery,
  answers: { 200: { description: 'The reports', schema: 'Reports' } },
  handle: async ({ services }) => upkeepOf(services).reports(),
});

export const gcPlan = endpoint({
  id: 'getGcPlan',
  method: 'GET',
  url: routes.gcPlan,
  summary: 'What a garbage collection would remove now, and why. Removes nothing.',
  role: 'read',
  query: gcPlanQuerySchema,
  answers: { 200: { description: 'The plan', schema: 'GcPlan' } },
  handle: async ({ services, query: { limit = 200 } }) => {
    const upkeep = upkeepOf(services);
    const plan = await services.recent.gcPlan.get('', () => upkeep.gcPlan());
    const removals = plan.removals.slice(0, limit);
    return { ...plan, removals, more: plan.more + plan.removals.length - removals.length };
  },
});

function upkeepOf({ upkeep }: Services): Upkeep {
  if (upkeep !== undefined) return upkeep;
  throw new CabError('not_found', 'this server knows nothing of the root beside its jobs', {
    hint: 'Ask the daemon of the root.',
  });
}
