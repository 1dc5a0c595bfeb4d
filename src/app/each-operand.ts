import { CabError } from '../core/errors.ts';
import { exitCodeOf, type ExitCode } from './exit-codes.ts';
import { report, type Reporting } from './report.ts';

/** Does the same to each operand; one that fails is told and does not hold up the others. The first failure decides. */
export async function eachOperand(
  operands: readonly string[],
  reporting: Reporting,
  act: (operand: string) => Promise<void>,
): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  for (const operand of operands) {
    try {
      await act(operand);
    } catch (error) {
      if (!(error instanceof CabError)) throw error;
      report(error, { ...reporting, about: operand });
      if (exitCode === 0) exitCode = exitCodeOf(error.code);
    }
  }
  return exitCode;
}
