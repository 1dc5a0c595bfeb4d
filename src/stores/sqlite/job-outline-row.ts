/** Reads of a job's row what searches and counts need. SQLite takes the fields out of `spec`, which is not parsed here. */
import * as z from 'zod/mini';
import type { JobOutline } from '../../core/model/job/job-outline.ts';
import { jobStates } from '../../core/model/job/job.ts';
import type { Queue } from './queue.ts';
import { ofResult } from './job-row.ts';
import { nullableText, parsed } from './rows.ts';

/** A `spec` that is no JSON gives nothing, and `parsed` then names the job. */
const ofSpec = (path: string): string => `iif(json_valid(spec), spec ->> '$.${path}', NULL)`;

export const outlineColumns = [
  'seq, id, state, track_id, cached, submitted_at, started_at, finished_at',
  `${ofResult('config_hash')} AS config_hash`,
  `${ofResult('source_hash')} AS source_hash`,
  `${ofSpec('runner')} AS runner`,
  `${ofSpec('input.path')} AS input_path`,
  `${ofSpec('force')} AS force`,
].join(', ');

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
export function outlineOf(queue: Queue, row: unknown): JobOutline {
  const { config_hash, source_hash, cached, force, ...columns } = parsed(queue, outlineRow, row);
  return {
    ...columns,
    key: { config_hash, source_hash },
    cached: cached !== 0,
    force: force !== 0,
  };
}
