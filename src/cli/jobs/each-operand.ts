import { CabError } from '../../core/model/errors.ts';
import { exitCodeOf, type ExitCode } from '../exit-codes.ts';
import { report, type Reporting } from '../report.ts';

/** Does the same to each operand; one that fails is told and does not hold up the others. The first failure decides. */
export async function eachOperand<T extends { readonly name: string }>(
  operands: readonly T[],
  reporting: Reporting,
  act: (operand: T) => Promise<void>,
): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  for (const operand of operands) {
    try {
      await act(operand);
    } catch (error) {
      if (!(error instanceof CabError)) throw error;
      report(error, { ...reporting, about: operand.name });
      if (exitCode === 0) exitCode = exitCodeOf(error.code);
    }
  }
  return exitCode;
}
