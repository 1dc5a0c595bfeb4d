/** Requests that cancel many jobs, or submit many again. */
import * as z from 'zod/mini';
import { mostTogether, type ManyJobs } from '../../core/model/job/many-jobs.ts';
import { cursorSchema } from '../../core/model/job/page.ts';
import { facets, facetsFromWire, facetsOnWire } from './job-selection.ts';

/** Either `jobs` or facets. */
export const manyRequestSchema = z.strictObject({
  ...facets,
  /** Ids. */
  jobs: z.optional(z.array(z.string()).check(z.maxLength(mostTogether))),
  /** Counts, and changes nothing. */
  dry_run: z._default(z.boolean(), false),
  limit: z._default(z.number().check(z.int(), z.minimum(1), z.maximum(mostTogether)), mostTogether),
  /** A `next` of an earlier answer. */
  cursor: z.optional(cursorSchema),
});

export const manyFromWire = ({
  jobs,
  dry_run: dryRun,
  limit,
  cursor,
  ...given
}: z.infer<typeof manyRequestSchema>): ManyJobs => ({
  ...{ facets: facetsFromWire(given), jobs, dryRun, limit, cursor },
});

export const manyOnWire = ({ facets: given = {}, jobs, dryRun, limit, cursor }: ManyJobs) => ({
  ...{ ...facetsOnWire(given), jobs, dry_run: dryRun, limit, cursor },
});
