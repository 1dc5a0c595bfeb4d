/** The findings of `cab verify`: its `--json` document. */
import * as z from 'zod/mini';

/**
 * corrupt: bytes, sizes or names are wrong. missing: a file or an entry that must be there is not there. dangling_pointer: a
 * track's pointer leads to nothing, or to something else than it names. stray: something that does not belong there. leftover:
 * what interrupted work left. unreadable: it could not be read. changed_while_reading: a file changed during every read.
 * job_store: the job store and the tree disagree, or the job store is damaged. not_reproducible: the runner, run again, gave
 * other bytes.
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
  /** The affected entry, if there is one. */
  key: z.nullable(keySchema),
  /** Digests, hex, or sizes in bytes; null if there is nothing to compare. */
  expected: z.nullable(z.string()),
  actual: z.nullable(z.string()),
  /** What is affected: tracks whose pointer leads there, and jobs that ended there; if there are many, only some of them. */
  tracks: z.array(z.string()),
  jobs: z.array(z.string()),
  /** The command that repairs it; null if a person must decide. */
  mend: z.nullable(z.string()),
  /** What `--repair` did; null if it did nothing. */
  repaired: z.nullable(z.string()),
});

export type Finding = z.infer<typeof findingSchema>;

const count = z.int().check(z.nonnegative());

export const verifyReportSchema = z.object({
  root: z.string(),
  /** True if all findings were repaired, or there are none. */
  sound: z.boolean(),
  quick: z.boolean(),
  /** `5%` or `1/7`; null if everything was checked. */
  sample: z.nullable(z.string()),
  entries: z.object({
    found: count,
    checked: count,
    /** Left out because of a recent check, or because of the sample. */
    fresh: count,
    unsampled: count,
  }),
  /** Files whose content was checked, and their bytes. */
  files: count,
  bytes: count,
  pointers: count,
  /** Entries computed again, with `--recompute`. */
  recomputed: count,
  /** By class. Includes findings that are not listed because there are too many. */
  counts: z.record(z.enum(findingClasses), count),
  findings: z.array(findingSchema),
  /** What could not be done. It does not make the tree unsound. */
  notes: z.array(z.string()),
  elapsed_s: z.number(),
});

export type VerifyReport = z.infer<typeof verifyReportSchema>;
