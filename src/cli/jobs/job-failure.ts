import type { CabError } from '../../core/model/errors.ts';
import { jobFailure } from '../../core/model/job/job-failure.ts';
import type { CanceledJobDocument, FailedJobDocument } from '../../core/model/job/job-document.ts';
import { hintOf } from '../hints.ts';

/** The error that a command shows for a job that failed or was canceled; its hint names what to type. */
export function failureOf(job: FailedJobDocument | CanceledJobDocument): CabError {
  const { job_id } = job;
  if (job.status === 'canceled') return jobFailure(job, `Submit it again: cab retry ${job_id}`);
  const { problem } = job;
  return jobFailure(job, hintOf({ ...problem, details: { job_id, ...problem.details } }));
}
