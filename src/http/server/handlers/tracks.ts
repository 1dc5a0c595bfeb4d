/** The operations that read tracks: their pointers and histories. */
import { CabError } from '../../../core/model/errors.ts';
import { sendDocument } from '../delivery/document.ts';
import { jsonInPieces } from '../delivery/json-pieces.ts';
import { anyQuery, endpoint } from '../endpoint.ts';
import { historyQuerySchema, jsonType, routes } from '../../wire/protocol.ts';

export const list = endpoint({
  id: 'listTracks',
  method: 'GET',
  url: routes.tracks,
  summary:
    'All tracks with their latest pointer, sorted by id, and the pointers that cannot be read.',
  role: 'read',
  query: anyQuery,
  answers: { 200: { description: 'The tracks', schema: 'Tracks' } },
  handle: async ({ services, request, reply }) => {
    const { tracks, unreadable } = await services.broker.tracks();
    reply.type(jsonType);
    if (request.method === 'HEAD') return reply.send();
    return reply.send(jsonInPieces({ tracks, unreadable }));
  },
});

export const pointer = endpoint({
  id: 'getPointer',
  method: 'GET',
  url: routes.pointer,
  summary: 'Where the latest result of a track stands; `file` is `<track>.json`, percent-encoded.',
  role: 'read',
  query: anyQuery,
  headers: ['If-Match', 'If-None-Match', 'If-Unmodified-Since'],
  answers: {
    200: { description: 'The pointer', schema: 'Pointer', headers: ['ETag', 'Cache-Control'] },
    304: { description: 'Not changed' },
  },
  handle: async ({ services, request, reply, param }) => {
    const file = param('file');
    if (!file.endsWith(suffix))
      throw new CabError('not_found', `no pointer ${JSON.stringify(file)}`, {
        hint: 'A pointer is asked for as <track>.json.',
      });
    const { broker, answers } = services;
    const track = file.slice(0, -suffix.length);
    const { pointer: found, isCurrent } = await broker.holdPointer(track);
    const keeping = isCurrent && { isCurrent, route: routes.pointer, answers };
    const modifiedAt = async () => (await broker.history(track, 1))[0]?.at;
    return sendDocument(found, { cacheControl: 'max-age=60', modifiedAt, keeping }, request, reply);
  },
});

export const history = endpoint({
  id: 'getHistory',
  method: 'GET',
  url: routes.history,
  summary: 'The pointers of a track, the latest first.',
  role: 'read',
  query: historyQuerySchema,
  answers: { 200: { description: 'The pointers', schema: 'History' } },
  handle: async ({ services, param, query }) => ({
    history: await services.broker.history(param('track'), query.limit),
  }),
});

const suffix = '.json';
