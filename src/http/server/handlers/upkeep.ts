/** The operations that tell about the root beside its jobs. */
import { CabError } from '../../../core/model/errors.ts';
import { entryQuerySchema, routes } from '../../wire/protocol.ts';
import { endpoint, type Services } from '../endpoint.ts';
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

function upkeepOf({ upkeep }: Services): Upkeep {
  if (upkeep !== undefined) return upkeep;
  throw new CabError('not_found', 'this server knows nothing of the root beside its jobs', {
    hint: 'Ask the daemon of the root.',
  });
}
