/**
 * Failures on the wire: converts a CabError to a problem document (RFC 9457) and back, with the
 * same code on both sides.
 */
import * as z from 'zod/mini';
import { CabError, catalogue, isErrorCode, type ErrorCode } from '../../core/model/errors.ts';

export const problemSchema = z.looseObject({
  /** The code. The standard's `type` keeps its default, `about:blank`. */
  error: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  hint: z.optional(z.string()),
  details: z.optional(z.record(z.string(), z.unknown())),
});

export type Problem = z.infer<typeof problemSchema>;

/** The body of an answer with status `problem.status` and content type `problemType`. */
export const problemOf = (error: CabError): Problem => ({
  error: error.code,
  title: titleOf(error.code),
  status: catalogue[error.code].status,
  detail: error.message,
  hint: error.hint,
  details: { ...error.details },
});

/**
 * The failure that an answer reports. If this cab does not know the code, a newer server sent it: the nearest known
 * code is used, and the original stays in the details. `whence` names the daemon if the answer is not cab's.
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

/** The nearest code, by what the caller can do about it. */
function nearest(status: number): ErrorCode {
  if (status === 404 || status === 410) return 'not_found';
  if (status === 429 || status === 503) return 'daemon_unreachable';
  if (status < 500) return 'invalid_request';
  return 'answer_invalid';
}

/** Makes "Queue full" of `queue_full`. */
function titleOf(code: ErrorCode): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
