import type { Broker } from '../../../core/engine/broker.ts';
import type { Pointer } from '../../../core/model/entry/pointer.ts';
import { endpoint } from '../endpoint.ts';
import { routes } from '../../wire/protocol.ts';
import { trackPageQuerySchema } from '../../wire/track-page.ts';

const usualLimit = 100;

export const page = endpoint({
  id: 'pageTracks',
  method: 'GET',
  url: routes.trackPage,
  summary: 'A page of tracks, sorted by id, each with its latest pointer and the time of it.',
  role: 'read',
  query: trackPageQuerySchema,
  answers: { 200: { description: 'A page', schema: 'TrackPage' } },
  handle: async ({ services: { broker }, query: { q = '', limit = usualLimit, cursor } }) => {
    const { tracks, unreadable } = await broker.tracks();
    const fitting = tracks.filter(({ track_id }) => holds(track_id, q));
    const start = cursor === undefined ? 0 : after(fitting, cursor);
    const shown = fitting.slice(start, start + limit);
    const isLast = start + limit >= fitting.length;
    return {
      tracks: await Promise.all(shown.map((pointer) => withTime(broker, pointer))),
      next: isLast ? null : (shown.at(-1)?.track_id ?? null),
      unreadable: cursor === undefined ? unreadable : [],
    };
  },
});

const holds = (id: string, part: string): boolean => id.toLowerCase().includes(part.toLowerCase());

/** The track that the cursor names may be gone. */
function after(tracks: readonly Pointer[], cursor: string): number {
  const named = tracks.findIndex(({ track_id }) => track_id === cursor);
  if (named !== -1) return named + 1;
  const next = tracks.findIndex(({ track_id }) => track_id > cursor);
  return next === -1 ? tracks.length : next;
}

async function withTime(broker: Broker, pointer: Pointer) {
  const [latest] = await broker.history(pointer.track_id, 1);
  return { ...pointer, at: latest?.at ?? null, job_id: latest?.job_id ?? null };
}
