import { CabError, isErrorCode } from '../errors.ts';
import type { JobDocument } from './job-document.ts';

/** The reference broker begins its message this way if a runner's result is invalid; its clients look for it. */
export const validationFailed = 'validation_failed: ';

/** The error of a job that failed or was canceled, with its id in `details.job_id`. @param hint in place of the job's own */
export function jobFailure(
  { job_id, status, error, problem }: JobDocument,
  hint: string | undefined = problem?.hint,
): CabError {
  const details = { ...problem?.details, job_id };
  const options = { ...(hint !== undefined && { hint }), details };
  if (status === 'canceled') return new CabError('canceled', `job ${job_id} was canceled`, options);
  const code = problem?.code ?? '';
  return new CabError(
    isErrorCode(code) ? code : 'runner_failed',
    // The mark is for clients that read documents of jobs.
    error?.replace(new RegExp(`^${validationFailed}`), '') ?? 'the job failed',
    options,
  );
}
