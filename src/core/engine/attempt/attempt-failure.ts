/** Turns what ended an attempt into the failure that its job keeps. */
import { validationFailed } from '../../model/job/job-failure.ts';
import { inspect } from 'node:util';
import { rootError } from '../../../support/files/io-error.ts';
import { CabError, isError, type ErrorDetails } from '../../model/errors.ts';
import type { JobFailure, Json, RunningJob } from '../../model/job/job.ts';
import { shortened } from '../../../support/text/shortened.ts';

/** Characters. Lists of jobs read each job whole, so a failure must stay short. The log has the full text. */
const mostMessage = 4000;
const mostDetail = 8000;
const mostDetails = 64_000;
const mostItems = 100;
const mostDepth = 6;

/** The word JOB in hints of the catalogue stands for the id of this job. */
export const failureOf = (
  { code, message, hint, details }: CabError,
  job: { readonly id: string },
): JobFailure => ({
  code,
  message: shortened(
    code === 'runner_result_invalid' ? `${validationFailed}${message}` : message,
    mostMessage,
  ),
  hint: shortened(hint, mostMessage).replaceAll(/\bJOB\b/g, job.id),
  details: storable(details),
});

/** Turns anything that was thrown into a failure that can be stored. */
export function asCabError(error: unknown, job: RunningJob): CabError {
  const told = rootError(error, `job ${job.id}`);
  if (told instanceof CabError) return told;
  const message = isError(told) ? told.message : String(told);
  const stack = isError(told) ? told.stack : undefined;
  return new CabError('internal', `job ${job.id}: ${message}`, {
    cause: told,
    details: { stack: stack ?? null },
  });
}

/** Bounds the details: they may come from a runner, and must be JSON of limited length. */
function storable(details: ErrorDetails): ErrorDetails {
  for (const most of [mostDetail, mostDetail / 8, mostDetail / 64]) {
    const kept = bounded(details, most, 0);
    if (JSON.stringify(kept).length <= mostDetails) return kept as ErrorDetails;
  }
  return {};
}

function bounded(value: unknown, most: number, depth: number): Json {
  if (typeof value === 'string') return shortened(value, most);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return shortened(inspect(value), most);
  if (depth === mostDepth) return '…';
  if (Array.isArray(value))
    return value.slice(0, mostItems).map((item) => bounded(item, most, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, mostItems)
      .filter(([, part]) => part !== undefined)
      .map(([name, part]) => [shortened(name, most), bounded(part, most, depth + 1)]),
  );
}
