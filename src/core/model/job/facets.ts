/** Which jobs are meant, as people choose them, and how many there are of each kind. */
import * as z from 'zod/mini';
import { invalidRequest } from '../json/invalid-request.ts';
import { jobStates } from './job.ts';

const count = z.int().check(z.nonnegative());
const instant = z.iso.datetime({
  offset: true,
  error: 'expected a time such as 2026-11-22T19:58:28Z',
});

/** All that is given must fit. */
export const jobFacetsSchema = z.object({
  status: z.optional(z.enum(jobStates)),
  track: z.optional(z.string()),
  /** The runner as jobs name it. */
  runner: z.optional(z.string()),
  /** ISO 8601. Jobs submitted at this time or later, and before this time, as their ids tell. */
  since: z.optional(instant),
  until: z.optional(instant),
  /**
   * The beginning of an id, or of the config or source hash of a key, or a part of the name of the input's file. Upper and
   * lower case are the same.
   */
  text: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
});

export type JobFacets = Readonly<z.infer<typeof jobFacetsSchema>>;

/** @throws CabError invalid_request, naming the field */
export function checkFacets(facets: JobFacets): void {
  const parsed = jobFacetsSchema.safeParse(facets);
  if (parsed.success) return;
  throw invalidRequest(parsed.error);
}

export const jobCountsSchema = z.object({
  pending: count,
  running: count,
  done: count,
  error: count,
  canceled: count,
});

/** How many jobs fit. */
export const facetCountsSchema = z.object({
  counts: jobCountsSchema,
  /** The most frequent first; `name` as people know it. */
  runners: z.array(z.object({ runner: z.string(), name: z.string(), jobs: count })),
  tracks: z.array(z.object({ track_id: z.string(), jobs: count })),
  /** How many jobs were looked at, the latest first. */
  searched: count,
  /** False if there are older jobs that were not looked at, or more tracks than are listed. */
  whole: z.boolean(),
});

export type FacetCounts = z.infer<typeof facetCountsSchema>;
