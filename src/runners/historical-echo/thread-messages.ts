import type { HashedDatabase, RunnerCall, RunnerResult } from '../../core/ports/runner.ts';
import type { CachePlace } from '../../support/files/temporary.ts';
import { CabError, type ErrorCode, type ErrorDetails, isError } from '../../core/model/errors.ts';
import { historicalEcho } from './descriptor.ts';

/** A call, and where the columns of its spine may be kept: null if the database was not hashed. */
export interface ThreadCall {
  readonly call: RunnerCall;
  readonly columns: ColumnsOf | null;
}

export interface ColumnsOf {
  readonly place: CachePlace;
  readonly database: HashedDatabase;
}

/** The thread's messages for a call: any number of `loading` and `loaded`, then `done` or `failed`. */
export type ThreadMessage =
  | { readonly type: 'loading' | 'loaded'; readonly path: string; readonly rows: number }
  | { readonly type: 'done'; readonly result: RunnerResult }
  | { readonly type: 'failed'; readonly failure: ThreadFailure };

/** A CabError in a form that can be sent between threads. */
export interface ThreadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details: ErrorDetails;
}

export function failureOf(error: unknown): ThreadFailure {
  const known = error instanceof CabError ? error : runnerFailed(error);
  const { code, message, hint, details } = known;
  return { code, message, hint, details: { runner: historicalEcho.name, ...details } };
}

export const errorOf = ({ code, message, hint, details }: ThreadFailure): CabError =>
  new CabError(code, message, { hint, details });

function runnerFailed(error: unknown): CabError {
  const { name, message, stack } = isError(error) ? error : new Error(String(error));
  return new CabError('runner_failed', `${historicalEcho.name} failed: ${message}`, {
    details: { exception: name, stack: stack ?? '' },
    cause: error,
  });
}
