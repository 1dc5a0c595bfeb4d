/** What `cab verify` found: its `--json` document. */
import * as z from 'zod/mini';

/**
 * corrupt: bytes, sizes or names are not what they must be. missing: a file or an entry that must be there is not.
 * dangling_pointer: a track's pointer leads to nothing, or not to what it names. stray: nothing of cab's belongs
 * there. leftover: the rest of something that was interrupted. unreadable: it could not be looked at.
 * changed_while_reading: a file would not hold still. job_store: the queue and the tree do not agree, or the queue
 * is damaged. not_reproducible: the runner, run again, gave other bytes.
 */
export const findingClasses = [
  'corrupt',
  'missing',
  'dangling_pointer',
  'stray',
  'leftover',
  'unreadable',
  'changed_while_reading',
  'job_store',
  'not_reproducible',
] as const;

export type FindingClass = (typeof findingClasses)[number];

const keySchema = z.object({ config_hash: z.string(), source_hash: z.string() });

export const findingSchema = z.object({
  class: z.enum(findingClasses),
  /** Relative to the root, with slashes. */
  path: z.string(),
  message: z.string(),
  /** The entry that is concerned, if one is. */
  key: z.nullable(keySchema),
  /** Digests, hex, or sizes in bytes; null where there is nothing to compare. */
  expected: z.nullable(z.string()),
  actual: z.nullable(z.string()),
  /** How it is reached: tracks whose pointer leads there, and jobs that ended there; some of them where there are many. */
  tracks: z.array(z.string()),
  jobs: z.array(z.string()),
  /** The command that mends it; null where a person must decide. */
  mend: z.nullable(z.string()),
  /** What `--repair` did; null where it did nothing. */
  repaired: z.nullable(z.string()),
});

export type Finding = z.infer<typeof findingSchema>;

const count = z.int().check(z.nonnegative());

export const verifyReportSchema = z.object({
  root: z.string(),
  /** No findings but those that were repaired. */
  sound: z.boolean(),
  quick: z.boolean(),
  /** `5%` or `1/7`; null where all was checked. */
  sample: z.nullable(z.string()),
  entries: z.object({
    found: count,
    checked: count,
    /** Left out for having been checked lately, or for the sample. */
    fresh: count,
    unsampled: count,
  }),
  /** Files whose content was checked, and what they hold in bytes. */
  files: count,
  bytes: count,
  pointers: count,
  /** Entries computed again, with `--recompute`. */
  recomputed: count,
  /** By class, those that are not listed for their number too. */
  counts: z.record(z.enum(findingClasses), count),
  findings: z.array(findingSchema),
  /** What could not be done, and does not make the tree unsound. */
  notes: z.array(z.string()),
  elapsed_s: z.number(),
});

export type VerifyReport = z.infer<typeof verifyReportSchema>;
