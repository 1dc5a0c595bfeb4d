import * as z from 'zod/mini';
import { gcDecisionSchema, gcReportSchema } from './gc-report.ts';
import { lastCheckSchema, lastCollectionSchema } from './last-reports.ts';

const count = z.int().check(z.nonnegative());

/** How a root is kept. */
export const rootReportsSchema = z.object({
  /** The last check of the whole root, in any process; null if none is on record. */
  verify: z.nullable(lastCheckSchema),
  /** The last garbage collection, in any process; null if none is on record. */
  gc: z.nullable(lastCollectionSchema),
  /** What lies in quarantine, the latest first, at most 1000. `at`: null if its name does not tell. */
  quarantine: z.array(z.object({ id: z.string(), at: z.nullable(z.string()) })),
  /** Sorted by key, at most 1000. */
  pins: z.array(z.object({ config_hash: z.string(), source_hash: z.string() })),
});

/** What garbage collection would do now. */
export const gcPlanSchema = z.object({
  /** When this was found out. */
  at: z.string(),
  /** Without decisions. */
  report: gcReportSchema,
  /** Entries that would be removed, the largest first. */
  removals: z.array(gcDecisionSchema),
  /** Removals that are not listed. */
  more: count,
});

export type RootReports = z.infer<typeof rootReportsSchema>;
export type GcPlan = z.infer<typeof gcPlanSchema>;
