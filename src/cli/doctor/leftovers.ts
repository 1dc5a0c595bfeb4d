/** Files that nobody needs and that could not be removed. They take up space, and a person must look at them. */
import { examineLeftovers } from '../../compose/upkeep/doctor-root.ts';
import { explained, type Stuck } from '../../support/files/stuck.ts';
import { fixed, ok, warning, type Check, type Result, type Subject } from './check.ts';
import { ifThere } from './root-there.ts';

export const leftoverChecks: readonly Check[] = [{ name: 'leftovers', look: ifThere(leftovers) }];

async function leftovers({ options, fix }: Subject): Promise<Result> {
  const { count, stuck } = await examineLeftovers(options, fix);
  const [first] = stuck;
  if (first !== undefined) return told(first, stuck.length);
  if (count === 0) return ok('none');
  return fix
    ? fixed(`${count} removed`)
    : ok(`${count} of work that was cut short; the next command that runs jobs removes them`);
}

function told(first: Stuck, count: number): Result {
  const { message, hint } = explained(first);
  return warning(`${message}${count > 1 ? `; ${count - 1} more cannot be either` : ''}`, hint);
}
