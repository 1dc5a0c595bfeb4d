import { CabError } from '../errors.ts';
import type { CanceledJobDocument, FailedJobDocument } from './job-document.ts';

/** The reference broker begins its message this way if a runner's result is invalid; its clients look for it. */
export const validationFailed = 'validation_failed: ';

/** The error of a job that failed or was canceled, with its id in `details.job_id`. @param hint in place of the job's own */
export function jobFailure(
  job: FailedJobDocument | CanceledJobDocument,
  hint: string | undefined = job.problem?.hint,
): CabError {
  const { job_id } = job;
  const options = {
    ...(hint !== undefined && { hint }),
    details: { ...job.problem?.details, job_id },
  };
  if (job.status === 'canceled')
    return new CabError('canceled', `job ${job_id} was canceled`, options);
  // The mark is for clients that read documents of jobs.
  const message = job.error.replace(new RegExp(`^${validationFailed}`), '');
  return new CabError(job.problem.code, message, options);
}
