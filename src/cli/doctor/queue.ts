/** The queue that machines share, where one is named. */
import { ok, type Check, type Result, type Subject } from './check.ts';

export const queueChecks: readonly Check[] = [{ name: 'queue', look: answers }];

/** What is wrong with it is told by the error itself. */
async function answers({ options: { queue } }: Subject): Promise<Result> {
  if (queue === undefined) return ok('jobs are in the root');
  const { probeQueue } = await import('../../compose/upkeep/probe-queue.ts');
  const { name, isMade } = await probeQueue(queue);
  const state = isMade ? 'has its tables' : 'has no tables yet, which the first submission makes';
  return ok(`${name} answers, and ${state}`);
}
