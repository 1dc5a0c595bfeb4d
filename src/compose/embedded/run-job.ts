import type { Broker } from '../../core/engine/broker.ts';
import { jobFailure } from '../../core/model/job/job-failure.ts';
import {
  hasEnded,
  type EndedJobDocument,
  type JobDocument,
} from '../../core/model/job/job-document.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import { inputOf } from './run-input.ts';
import { RunResult } from './run-result.ts';

/** A submission whose input may be a value of the program. */
export interface RunRequest extends SubmitRequest {
  /**
   * The input itself, instead of `features_path`, `features_text` and `features_bytes`: text, bytes (an array of bytes, a buffer, a
   * Blob), the `file:` URL of a file, or any other value, which is sent as JSON.
   */
  readonly input?: unknown;
}

export interface RunOptions {
  /** Cancels the job, and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws CabError with the code of the job that failed (`canceled` too), its id in `details.job_id`; the signal's reason */
export async function runJob(
  broker: Broker,
  request: RunRequest,
  { signal }: RunOptions = {},
): Promise<RunResult> {
  signal?.throwIfAborted();
  const accepted = await broker.submit(await submissionOf(request), { signal });
  const job = hasEnded(accepted) ? accepted : await ended(broker, accepted, signal);
  if (job.status === 'done') return new RunResult(broker, job);
  throw jobFailure(job);
}

async function ended(
  broker: Broker,
  { job_id }: JobDocument,
  signal: AbortSignal | undefined,
): Promise<EndedJobDocument> {
  try {
    return await broker.wait(job_id, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) await broker.cancel(job_id);
    throw error;
  }
}

async function submissionOf({ input, ...request }: RunRequest): Promise<SubmitRequest> {
  return input === undefined ? request : { ...request, ...(await inputOf(input)) };
}
