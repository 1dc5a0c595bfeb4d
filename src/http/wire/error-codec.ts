/** Failures on the wire: a CabError as a problem document (RFC 9457) and back, its code the same on both sides. */
import * as z from 'zod/mini';
import { CabError, catalogue, isErrorCode, type ErrorCode } from '../../core/model/errors.ts';

export const problemSchema = z.looseObject({
  /** The code; the standard's `type` is left at its default, `about:blank`. */
  error: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  hint: z.optional(z.string()),
  details: z.optional(z.record(z.string(), z.unknown())),
});

export type Problem = z.infer<typeof problemSchema>;

/** The body of an answer with the status `problem.status` and the content type `problemType`. */
export const problemOf = (error: CabError): Problem => ({
  error: error.code,
  title: titleOf(error.code),
  status: catalogue[error.code].status,
  detail: error.message,
  hint: error.hint,
  details: { ...error.details },
});

/**
 * The failure that an answer tells. A code that this cab does not know, of a newer server, becomes the one that
 * says most nearly the same, and stays in the details. `whence` names the daemon where the answer is none of cab's.
 */
export function errorOf(status: number, body: string, whence: string): CabError {
  const problem = parseProblem(body);
  if (problem === undefined)
    return new CabError(
      'answer_invalid',
      `${whence} answered with status ${status}, and no word of cab's`,
      {
        details: { status, body: body.slice(0, 200) },
      },
    );
  const { error, detail, hint, details = {} } = problem;
  const options = hint === undefined ? {} : { hint };
  if (isErrorCode(error)) return new CabError(error, detail, { ...options, details });
  return new CabError(nearest(status), detail, {
    ...options,
    details: { ...details, error, status },
  });
}

function parseProblem(body: string): Problem | undefined {
  try {
    return problemSchema.safeParse(JSON.parse(body)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** By what the caller can do about it. */
function nearest(status: number): ErrorCode {
  if (status === 404 || status === 410) return 'not_found';
  if (status === 429 || status === 503) return 'daemon_unreachable';
  if (status < 500) return 'invalid_request';
  return 'answer_invalid';
}

/** `queue_full` is "Queue full". */
function titleOf(code: ErrorCode): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
