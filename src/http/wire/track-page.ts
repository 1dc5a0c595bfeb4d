/** A page of tracks, each with the time of its latest result. */
import * as z from 'zod/mini';
import { limitChecks } from '../../core/model/job/page.ts';
import { pointerSchema } from '../../core/model/entry/pointer.ts';

export const trackPageQuerySchema = z.strictObject({
  /** A part of the track's id. Case does not matter. */
  q: z.optional(z.string()),
  limit: z.optional(z.coerce.number().check(...limitChecks)),
  /** The track after which the page begins: `next` of the page before it. */
  cursor: z.optional(z.string()),
});

export const trackPageSchema = z.object({
  /** Sorted by id. `at` and `job_id` are null if no history tells them. */
  tracks: z.array(
    z.extend(pointerSchema, { at: z.nullable(z.string()), job_id: z.nullable(z.string()) }),
  ),
  next: z.nullable(z.string()),
  /** Pointers that the daemon cannot understand; told on the first page alone. */
  unreadable: z.array(z.object({ file: z.string(), error: z.string() })),
});
