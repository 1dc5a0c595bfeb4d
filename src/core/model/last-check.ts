import * as z from 'zod/mini';
import { findingClasses } from './verify-report.ts';

const count = z.int().check(z.nonnegative());

/** `.cab/last-verify.json`: the result of the last check of the whole root. */
export const lastCheckSchema = z.object({
  ended_at: z.string(),
  /** The number of findings by class, including repaired ones. */
  counts: z.partialRecord(z.enum(findingClasses), count),
});

export type LastCheck = z.infer<typeof lastCheckSchema>;
