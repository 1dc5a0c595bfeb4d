import type { Finding } from '../../render/findings.ts';
import type { Check, Subject } from './check.ts';
import { daemonChecks } from './daemon.ts';
import { environmentChecks } from './environment.ts';
import { fileSystemChecks } from './file-system.ts';
import { jobChecks } from './jobs.ts';
import { limitChecks } from './limits.ts';
import { rootChecks } from './root.ts';

/** All that is looked at, in the order in which one thing needs the other. */
const checks: readonly Check[] = [
  ...environmentChecks,
  ...limitChecks,
  ...rootChecks,
  ...fileSystemChecks,
  ...daemonChecks,
  ...jobChecks,
];

export async function examine(subject: Subject): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, look } of checks) findings.push({ check: name, ...(await look(subject)) });
  return findings;
}
