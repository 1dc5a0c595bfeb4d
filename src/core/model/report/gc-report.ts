import * as z from 'zod/mini';
import { configHashSchema, segmentSchema } from '../entry/key.ts';

const count = z.int().check(z.nonnegative());
const instant = z.string();

/** What happens to one entry, and why. `bytes` is null if the size was not needed. */
export const gcDecisionSchema = z.object({
  config_hash: configHashSchema,
  source_hash: segmentSchema,
  action: z.enum(['keep', 'remove', 'fail']),
  reason: z.string(),
  /** When it was published, or a job last relied on it. */
  modified_at: instant,
  bytes: z.nullable(count),
});

/**
 * What `cab gc --json` prints. A dry run reports what would be done, and `decisions` names every entry. Otherwise `decisions`
 * names the entries that were removed, or could not be. Sizes in bytes, `_s` in seconds.
 */
export const gcReportSchema = z.object({
  dry_run: z.boolean(),
  policy: z.object({
    keep_last: count,
    keep_days: z.number(),
    /** Null in a report of an older cab. */
    track_days: z._default(z.nullable(z.number()), null),
    max_size: z.nullable(count),
    grace_s: z.number(),
    keep_jobs: count,
    keep_job_days: z.number(),
    quarantine_days: z.nullable(z.number()),
  }),
  entries: z.object({
    seen: count,
    kept: count,
    removed: count,
    removed_bytes: count,
    /** Could not be moved to the trash. */
    failed: count,
    /** Bytes of all entries that stay; null without `max_size`. */
    kept_bytes: z.nullable(count),
    /** How many bytes the remaining entries are above `max_size`. */
    over: count,
  }),
  /** Tracks that got no result within `track_days`: they were removed. */
  tracks: z._default(z.array(z.string()), []),
  trash: z.object({
    /** Entries that turned out to be needed. */
    put_back: count,
    deleted: count,
    /** Still within the grace. */
    waiting: count,
  }),
  swept: z.object({
    staging: count,
    temporary: count,
    quarantine: count,
    logs: count,
    inputs: count,
    /** Files that runners keep to be faster the next time. */
    cache: count,
    directories: count,
  }),
  jobs: z.object({
    trimmed: count,
    results: count,
    aliases: count,
    digests: count,
  }),
  /** Pointers that cannot be read, by their paths below the root. The entries that they may mean stay. */
  unreadable: z.array(z.object({ file: z.string(), error: z.string() })),
  /** What the user should know. */
  notes: z.array(z.string()),
  elapsed_s: z.number(),
  decisions: z.array(gcDecisionSchema),
});

export type GcDecision = z.infer<typeof gcDecisionSchema>;
export type GcReport = z.infer<typeof gcReportSchema>;
