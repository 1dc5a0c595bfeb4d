import type { Finding } from '../terminal/documents/findings.ts';
import { CabError } from '../../core/model/errors.ts';
import { problem, type Check, type Result, type Subject } from './check.ts';
import { daemonChecks } from './daemon.ts';
import { environmentChecks } from './environment.ts';
import { fileSystemChecks } from './file-system.ts';
import { jobChecks } from './jobs.ts';
import { leftoverChecks } from './leftovers.ts';
import { limitChecks } from './limits.ts';
import { rootChecks } from './root.ts';
import { queueChecks } from './queue.ts';
import { storeChecks } from './store.ts';
import { upstreamChecks } from './upstreams.ts';

/** All checks, each after those that it needs. */
const checks: readonly Check[] = [
  ...environmentChecks,
  ...limitChecks,
  ...rootChecks,
  ...fileSystemChecks,
  ...storeChecks,
  ...queueChecks,
  ...daemonChecks,
  ...upstreamChecks,
  ...jobChecks,
  ...leftoverChecks,
];

/** Runs the checks. Throws the reason of an interruption. */
export async function examine(subject: Subject): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    subject.pace.throwIfAborted();
    subject.onProgress({ step: `looking at: ${check.name}`, done: 0, total: undefined });
    findings.push({ check: check.name, ...(await result(check, subject)) });
  }
  return findings;
}

/** A check that fails becomes a finding, and the next check runs. */
async function result({ look }: Check, subject: Subject): Promise<Result> {
  try {
    return await look(subject);
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return problem(error.message, error.hint);
  }
}
