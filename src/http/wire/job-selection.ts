/** Which jobs a request means. */
import * as z from 'zod/mini';
import { jobFacetsSchema, type JobFacets } from '../../core/model/job/facets.ts';
import { cursorSchema, limitChecks } from '../../core/model/job/page.ts';

const { text: q, ...named } = jobFacetsSchema.shape;
/** All given facets must fit. */
export const facets = { ...named, q };

/** The facets under the names of the wire. */
export const facetsOnWire = ({ text, ...others }: JobFacets) => ({ ...others, q: text });

export const facetsFromWire = ({
  status,
  track,
  runner,
  since,
  until,
  q: text,
}: z.infer<typeof facetsQuerySchema>): JobFacets => ({
  ...{ status, track, runner, since, until, text },
});

/** Numbers in a query arrive as text. */
export const jobsQuerySchema = z.strictObject({
  ...facets,
  limit: z.optional(z.coerce.number().check(...limitChecks)),
  cursor: z.optional(cursorSchema),
});
export const facetsQuerySchema = z.strictObject(facets);
