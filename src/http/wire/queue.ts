/** The daemon's queue and workers as they are now. */
import * as z from 'zod/mini';
import { jobCountsSchema } from '../../core/model/job/facets.ts';

const count = z.int().check(z.nonnegative());

/** PUT of the queue. */
export const queueRequestSchema = z.strictObject({ paused: z.boolean() });

export const queueAnswerSchema = z.object({
  /** ISO 8601, UTC, of the daemon's clock. */
  at: z.string(),
  /** What the caller may do. */
  role: z.enum(['read', 'write']),
  version: z.string(),
  /** True: the daemon's workers take no job. Running jobs go on. */
  paused: z.boolean(),
  /** Jobs that the daemon runs at the same time; null if the server does not know. */
  concurrency: z.nullable(count),
  counts: jobCountsSchema,
  /** Pending jobs, of the highest priority first. */
  waiting: z.array(z.object({ priority: z.number(), jobs: count })),
  /** Running and pending jobs by runner. */
  active: z.array(
    z.object({ runner: z.string(), name: z.string(), pending: count, running: count }),
  ),
  /** Age of the oldest pending job; null if none is pending. */
  oldest_waiting_s: z.nullable(z.number()),
  /** Jobs that were submitted and that ended, hits among them, in the last minutes; since the start of the daemon. */
  rates: z.array(z.object({ minutes: count, submitted: count, ended: count })),
  /** The file system of the root; null if it cannot be asked. */
  disk: z.nullable(z.object({ total_bytes: count, free_bytes: count, used_bytes: count })),
});

export type QueueAnswer = z.infer<typeof queueAnswerSchema>;
