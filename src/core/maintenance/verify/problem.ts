import type { FindingClass } from '../../model/verify-report.ts';

/** What is wrong with one file, before it is known how it is reached. */
export interface Problem {
  readonly class: FindingClass;
  /** Absolute. */
  readonly path: string;
  readonly message: string;
  readonly expected: string | null;
  readonly actual: string | null;
}
