/** The data of the job events that every job store records itself. */
import { shownRunner } from '../request/queued-command.ts';
import type { JobFailure, JobResult, JobSpec } from './job.ts';

export const submittedData = ({ track_id, runner }: JobSpec, priority: number) => ({
  track_id,
  priority,
  runner: shownRunner(runner),
});

export const doneData = (
  { config_hash, source_hash, etag, upstream }: JobResult,
  cached: boolean,
) => ({
  ...{ cached, config_hash, source_hash, etag },
  ...(upstream !== undefined && { upstream }),
});

export const failureData = ({ code, message }: JobFailure) => ({ code, message });
