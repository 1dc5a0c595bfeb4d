/** An error in a form that can go from thread to thread. A copied Error would lose its class and fields such as `code`. */
import {
  CabError,
  errnoOf,
  type ErrorCode,
  type ErrorDetails,
  isError,
} from '../../core/model/errors.ts';

export interface PackedError {
  readonly message: string;
  readonly stack: string | undefined;
  /** The code of a failed system call. */
  readonly errno: string | undefined;
  /** Null: no CabError. */
  readonly told: {
    readonly code: ErrorCode;
    readonly hint: string;
    readonly details: ErrorDetails;
  } | null;
  readonly cause: PackedError | undefined;
}

/** Further causes are left out: an error may be its own cause. */
const mostCauses = 8;

export function packError(error: unknown, causes = mostCauses): PackedError {
  if (!isError(error))
    return {
      message: String(error),
      stack: undefined,
      errno: undefined,
      told: null,
      cause: undefined,
    };
  const { message, stack, cause } = error;
  return {
    message,
    stack,
    errno: error instanceof CabError ? undefined : errnoOf(error),
    told:
      error instanceof CabError
        ? { code: error.code, hint: error.hint, details: error.details }
        : null,
    cause: cause === undefined || causes === 0 ? undefined : packError(cause, causes - 1),
  };
}

export function unpackError({ message, stack, errno, told, cause }: PackedError): Error {
  const options = cause === undefined ? {} : { cause: unpackError(cause) };
  const error =
    told === null
      ? Object.assign(new Error(message, options), errno === undefined ? {} : { code: errno })
      : new CabError(told.code, message, { ...told, ...options });
  if (stack !== undefined) error.stack = stack;
  return error;
}
