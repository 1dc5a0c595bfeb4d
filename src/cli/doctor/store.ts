/** Object storage, where entries are kept there. */
import { ok, type Check, type Result, type Subject } from './check.ts';

export const storeChecks: readonly Check[] = [{ name: 'store', look: answers }];

/** What is wrong with it is told by the error itself. */
async function answers({ options: { store } }: Subject): Promise<Result> {
  if (store === undefined) return ok('entries are in the root');
  const { probeStore } = await import('../../compose/stores/s3/probe-store.ts');
  return ok(`${await probeStore(store)} answers, and overwrites nothing`);
}
