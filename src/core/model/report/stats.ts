/** How many jobs were hits, what that saved, and why the others ran: `cab stats --json` and `GET /echo/stats`. */
import * as z from 'zod/mini';

const count = z.int().check(z.nonnegative());

export const tallySchema = z.object({
  /** Jobs that ended `done` and ran nothing. */
  hits: count,
  /** Jobs that ended `done` and ran. */
  computed: count,
  failed: count,
  /** Milliseconds that the runs behind the hits took. */
  saved_ms: z.number(),
  /** Milliseconds that runs took. */
  ran_ms: z.number(),
  /** Bytes of the entries that were made. */
  made_bytes: count,
});

export type Tally = z.infer<typeof tallySchema>;

/**
 * Why a job ran, as far as the counted jobs tell. forced: it was asked to run in any case. new_input: no earlier job had its
 * source. new_configuration: earlier jobs had its source, and none its key. failed_before: earlier jobs of its key did not end
 * `done`. entry_gone: an earlier job of its key ended `done`, and the entry was collected since, or was not sound.
 */
export const missReasons = [
  'forced',
  'new_input',
  'new_configuration',
  'failed_before',
  'entry_gone',
] as const;

export type MissReason = (typeof missReasons)[number];

/** Jobs that have ended, canceled ones left out. */
export const statsSchema = z.object({
  /** ISO 8601, UTC: jobs submitted since. */
  since: z.string(),
  total: tallySchema,
  /** By runner, as people know it. */
  runners: z.record(z.string(), tallySchema),
  /** By day of submission, UTC, the latest first. */
  days: z.record(z.string(), tallySchema),
  misses: z.record(z.enum(missReasons), count),
  /** False if there are more jobs than are counted at a time. The latest ones are counted. */
  whole: z.boolean(),
});

export type Stats = z.infer<typeof statsSchema>;
