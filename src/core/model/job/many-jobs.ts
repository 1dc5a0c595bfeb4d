/** Jobs that are canceled or submitted again together. */
import * as z from 'zod/mini';
import type { JobFacets } from './facets.ts';

const count = z.int().check(z.nonnegative());

/** The most jobs that are changed at a time. */
export const mostTogether = 1000;

/** Jobs that are changed together: those that are named, or those that fit the facets. */
export interface ManyJobs {
  readonly facets?: JobFacets;
  /** Ids, at most 1000. */
  readonly jobs?: readonly string[] | undefined;
  /** Counts, and changes nothing. */
  readonly dryRun?: boolean;
  /** At most this many are changed: 1 to 1000, the default. */
  readonly limit?: number | undefined;
  /** A `next` of an earlier answer. */
  readonly cursor?: string | undefined;
}

export const manyChangedSchema = z.object({
  dry_run: z.boolean(),
  /** Jobs that fit and can be changed: in a dry run all of them, else at most as many as were asked for. */
  matched: count,
  changed: count,
  /** Ids of the jobs that were canceled, or of the new jobs. */
  jobs: z.array(z.string()),
  /** Jobs that could not be changed, and the code of each failure. */
  refused: z.array(z.object({ job_id: z.string(), error: z.string(), detail: z.string() })),
  /** The cursor of the jobs that are left; null if none is left. */
  next: z.nullable(z.string()),
  /** False if there are more jobs than were looked at. */
  whole: z.boolean(),
});

export type ManyChanged = z.infer<typeof manyChangedSchema>;
