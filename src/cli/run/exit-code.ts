/** What `cab run` ends with: the command's own exit code, or one that tells a fault of cab's from it, as env(1) and docker do. */
import { isCabError } from '../../core/model/errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import { Interrupted } from '../interruption.ts';

export function exitCodeOfFault(error: unknown): ExitCode {
  if (error instanceof Interrupted) return 130;
  if (isCabError(error, 'runner_not_found')) return 127;
  if (isCabError(error, 'runner_invalid')) return 126;
  return 125;
}
