import * as z from 'zod/mini';
import { jobStates } from '../job/job.ts';

const count = z.int().check(z.nonnegative());
const instant = z.nullable(z.string());

/** What is known about one entry: its files, when it was checked and read, and who relies on it. */
export const entryDetailSchema = z.object({
  config_hash: z.string(),
  source_hash: z.string(),
  created_at: instant,
  /** When a check last found it sound; null if none is on record. */
  verified_at: instant,
  /** When it was last handed out, some seconds late; null if that is not on record. */
  read_at: instant,
  /** The artifact first. A link has `link`, and no digest. */
  files: z.array(
    z.object({
      path: z.string(),
      artifact: z.boolean(),
      sha256: z.nullable(z.string()),
      size: z.nullable(count),
      content_type: z.nullable(z.string()),
      link: z.nullable(z.string()),
    }),
  ),
  pinned: z.boolean(),
  /** Tracks whose pointer leads to it, sorted. */
  tracks: z.array(z.string()),
  /** The latest jobs that ended with it, or that wait for it or run for it. */
  jobs: z.array(
    z.object({
      job_id: z.string(),
      status: z.enum(jobStates),
      track_id: z.nullable(z.string()),
      cached: z.boolean(),
      submitted_at: z.string(),
    }),
  ),
  /** False if there are more tracks or jobs than were looked at, or a pointer that cannot be read. */
  whole: z.boolean(),
});

export type EntryDetail = z.infer<typeof entryDetailSchema>;
