import type { Pace } from '../../support/time/pace.ts';
import type { StepProgress } from '../../core/model/report/step-progress.ts';
import type { Finding } from '../terminal/documents/findings.ts';
import type { LocalOptions } from '../../compose/open-broker.ts';

/** What checks look at. */
export interface Subject {
  readonly options: Omit<LocalOptions, 'part'>;
  /** Whether to repair what can be repaired. */
  readonly fix: boolean;
  readonly pace: Pace;
  readonly onProgress: (progress: StepProgress) => void;
}

/** One check of `cab doctor`. It never throws: what it cannot find out is a finding, too. */
export interface Check {
  readonly name: string;
  readonly look: (subject: Subject) => Promise<Result>;
}

export type Result = Omit<Finding, 'check'>;

export const ok = (message: string): Result => ({ state: 'ok', message });
export const fixed = (message: string): Result => ({ state: 'fixed', message });
export const warning = (message: string, hint: string): Result => ({
  state: 'warning',
  message,
  hint,
});
export const problem = (message: string, hint: string): Result => ({
  state: 'problem',
  message,
  hint,
});
