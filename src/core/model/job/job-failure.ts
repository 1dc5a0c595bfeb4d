import { CabError } from '../errors.ts';
import type { CanceledJobDocument, FailedJobDocument } from './job-document.ts';

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
  return job.status === 'canceled'
    ? new CabError('canceled', `job ${job_id} was canceled`, options)
    : new CabError(job.problem.code, job.error, options);
}
