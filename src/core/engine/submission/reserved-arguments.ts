import { CabError } from '../../model/errors.ts';
import type { SubmitRequest } from '../../model/submit-request.ts';
import type { Runner } from '../../ports/runner.ts';

/** An entry that hid the input's path or the key would make the result a lie; a call without them fails. @throws CabError runner_args_invalid */
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
