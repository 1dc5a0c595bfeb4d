/** Turns outcomes into exit codes. Nothing else does. */
import { catalogue, type ErrorCode, type ErrorKind } from '../core/model/errors.ts';
import type { JobDocument } from '../core/model/job/job-document.ts';

export const exitCodes = {
  0: 'fine',
  1: 'a job failed, or a check found something',
  2: 'wrong usage or bad input',
  3: 'not found',
  4: 'the daemon, store, disk or queue cannot be reached, or is full',
  5: 'the wait ran out of time',
  6: 'integrity: bytes do not match their digest',
  125: 'a fault of cab, not of the command',
  126: 'the command may not be executed',
  127: 'the command is not there',
  130: 'interrupted',
} as const;

export type ExitCode = keyof typeof exitCodes;

export function exitCodeOf(code: ErrorCode): ExitCode {
  const { kind }: { kind: ErrorKind } = catalogue[code];
  switch (kind) {
    case 'usage':
    case 'input':
      return 2;
    case 'missing':
      return 3;
    case 'unreachable':
      return 4;
    case 'waiting':
      return 5;
    case 'integrity':
      return 6;
    case 'failed':
    case 'internal':
      return 1;
    default:
      return kind satisfies never;
  }
}

/** The exit code of an ended job is that of its failure, so a script needs nothing else. */
export function exitCodeOfJob(job: JobDocument): ExitCode {
  switch (job.status) {
    case 'error':
      return exitCodeOf(job.problem.code);
    case 'canceled':
      return 1;
    case 'pending':
    case 'running':
    case 'done':
      return 0;
    default:
      return job satisfies never;
  }
}

/** The first failure in the order of the command line decides. */
export class Failures {
  #first: { readonly at: number; readonly code: ExitCode } | undefined;

  add(at: number, code: ExitCode): void {
    if (code !== 0 && at < (this.#first?.at ?? Infinity)) this.#first = { at, code };
  }

  get exitCode(): ExitCode {
    return this.#first?.code ?? 0;
  }
}
