/** Reads of a job's row what searches and counts need. `spec` is not parsed here. */
import * as z from 'zod/mini';
import type { JobOutline } from '../../core/model/job/job-outline.ts';
import { jobStates } from '../../core/model/job/job.ts';
import { nullableText, parsed, type RowSource } from './rows.ts';

const outlineRow = z.object({
  id: z.string(),
  state: z.enum(jobStates),
  track_id: nullableText,
  cached: z.int(),
  submitted_at: z.string(),
  started_at: nullableText,
  finished_at: nullableText,
  config_hash: z.string(),
  source_hash: z.string(),
  runner: z.string(),
  input_path: z.string(),
  force: z.int(),
});

/** @throws CabError queue_unreadable, naming file and job */
export function outlineOf(source: RowSource, row: unknown): JobOutline {
  const { config_hash, source_hash, cached, force, ...columns } = parsed(source, outlineRow, row);
  return {
    ...columns,
    key: { config_hash, source_hash },
    cached: cached !== 0,
    force: force !== 0,
  };
}
