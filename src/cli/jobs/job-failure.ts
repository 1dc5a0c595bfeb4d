import { CabError, isErrorCode } from '../../core/model/errors.ts';
import { hintOf } from '../hints.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';

/** The error that a command shows for a job that failed or was canceled. */
export function failureOf({ job_id, status, problem, error }: JobDocument): CabError {
  const again = `Submit it again: cab retry ${job_id}`;
  const details = { ...problem?.details, job_id };
  if (status === 'canceled')
    return new CabError('canceled', `job ${job_id} was canceled`, { hint: again, details });
  const code = problem?.code ?? '';
  return new CabError(isErrorCode(code) ? code : 'runner_failed', error ?? 'the job failed', {
    hint:
      problem === null ? again : hintOf({ ...problem, details: { job_id, ...problem.details } }),
    details,
  });
}
