import { CabError } from '../../model/errors.ts';
import type { SubmitRequest } from '../../model/request/submit-request.ts';
import type { Runner } from '../../ports/runner.ts';

/**
 * Refuses arguments that would hide arguments of the call itself, such as the input's path or the key. The result would then
 * not belong to its key. @throws CabError runner_args_invalid
 */
export function refuseHiding(
  { runner_kwargs }: SubmitRequest,
  { reservedArguments = [] }: Runner,
): void {
  for (const name of reservedArguments) {
    if (runner_kwargs == null || !Object.hasOwn(runner_kwargs, name)) continue;
    const field = `runner_kwargs.${name}`;
    throw new CabError('runner_args_invalid', `${field}: the call has an argument of that name`, {
      hint: 'Give the argument another name.',
      details: { field },
    });
  }
}
