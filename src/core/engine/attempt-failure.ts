/** What ended an attempt, as its job keeps it. */
import { rootError } from '../cas/io-error.ts';
import { CabError } from '../errors.ts';
import type { JobFailure, RunningJob } from '../model/job.ts';

/** Hints of the catalogue say JOB where they mean this one. */
export const failureOf = (
  { code, message, hint, details }: CabError,
  job: { readonly id: string },
): JobFailure => ({
  code,
  message: code === 'runner_result_invalid' ? `${validationFailed}${message}` : message,
  hint: hint.replaceAll(/\bJOB\b/g, job.id),
  details,
});

/** What the reference broker says of a runner whose result does not hold; its clients look for it. */
const validationFailed = 'validation_failed: ';

/** Whatever was thrown, as a failure that can be stored. */
export function asCabError(error: unknown, job: RunningJob): CabError {
  const told = rootError(error, `job ${job.id}`);
  if (told instanceof CabError) return told;
  const message = told instanceof Error ? told.message : String(told);
  const stack = told instanceof Error ? told.stack : undefined;
  return new CabError('internal', `job ${job.id}: ${message}`, {
    cause: told,
    details: { stack: stack ?? null },
  });
}
