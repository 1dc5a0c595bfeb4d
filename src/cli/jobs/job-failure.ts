import type { CabError } from '../../core/model/errors.ts';
import { jobFailure } from '../../core/model/job/job-failure.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { hintOf } from '../hints.ts';

/** The error that a command shows for a job that failed or was canceled; its hint names what to type. */
export function failureOf(job: JobDocument): CabError {
  const { job_id, status, problem } = job;
  if (status === 'canceled' || problem === null)
    return jobFailure(job, `Submit it again: cab retry ${job_id}`);
  return jobFailure(job, hintOf({ ...problem, details: { job_id, ...problem.details } }));
}
