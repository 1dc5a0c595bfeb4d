import { CabError, type ErrorCode } from '../core/model/errors.ts';

/** How a runner may fail. The table of errors says which failures are retried. */
export const failureCodes = [
  'runner_failed',
  'runner_killed',
  'io_error',
  'runner_not_found',
  'runner_invalid',
  'runner_result_invalid',
  'invalid_request',
] as const satisfies readonly ErrorCode[];

/** What is known about a failure. A field that does not apply is absent. */
export interface RunnerFailure {
  readonly code: (typeof failureCodes)[number];
  /** Without the runner's name. */
  readonly message: string;
  readonly exit_code?: number | undefined;
  /** `SIGKILL`, … */
  readonly signal?: string | undefined;
  /** Name of the exception's class. */
  readonly exception?: string | undefined;
  readonly stack?: string | undefined;
  readonly hint?: string | undefined;
}

/** The error that a failed run rejects with. Its details are those that `Runner.run` promises. */
export function runnerError(
  runner: string,
  { code, message, hint, exit_code, signal, exception, stack }: RunnerFailure,
  last_lines: readonly string[] = [],
): CabError {
  const facts = Object.entries({ exit_code, signal, exception, stack });
  const known = Object.fromEntries(facts.filter(([, fact]) => fact !== undefined));
  return new CabError(code, `runner ${runner}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { runner, ...known, last_lines },
  });
}

/** The failure for the end of a process. `isOurs`: cab asked it to end, and so may have sent the signal. */
export function processEnd(
  exit_code: number | null | undefined,
  signal: string | null | undefined,
  isOurs: boolean,
): RunnerFailure {
  const code = isOurs ? 'runner_failed' : 'runner_killed';
  return signal
    ? { code, message: `was ended by ${signal}`, signal }
    : {
        code: 'runner_failed',
        message: `ended with exit code ${exit_code ?? 'unknown'}`,
        exit_code: exit_code ?? undefined,
      };
}
