import * as z from 'zod/mini';
import { findingClasses } from './verify-report.ts';

const count = z.int().check(z.nonnegative());

/** `.cab/last-verify.json`: what the last check of the whole root came to. */
export const lastCheckSchema = z.object({
  ended_at: z.string(),
  /** Of findings, by class, those that were mended among them. */
  counts: z.partialRecord(z.enum(findingClasses), count),
});

export type LastCheck = z.infer<typeof lastCheckSchema>;
