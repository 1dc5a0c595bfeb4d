/** What jobs need: the queue's file, and a runner. */
import { counted } from '../../support/text/counted.ts';
import {
  doctoredPlaces,
  examineJobStore,
  jobStoreName,
  replaceJobStore,
} from '../../compose/upkeep/doctor-root.ts';
import { readClaim } from '../../daemon/claimed-file.ts';
import { isLeftOver, livingDaemon } from '../../daemon/daemon-file.ts';
import { fixed, ok, problem, type Check, type Result, type Subject } from './check.ts';

export const jobChecks: readonly Check[] = [
  { name: 'job store', look: jobStore },
  { name: 'runner', look: runner },
];

async function jobStore(subject: Subject): Promise<Result> {
  const { options } = subject;
  const { damage, jobs, unwritten = 0 } = await examineJobStore(options, subject);
  if (damage === undefined && jobs === undefined) return ok('nothing to look at yet');
  if (damage === undefined)
    return ok(
      `${jobStoreName(options)}: sound, ${counted(jobs ?? 0, 'job')}${notFlushed(unwritten)}`,
    );
  // Of a database, its own people know how to restore it.
  if (damage.code !== 'queue_unreadable' || options.queue !== undefined)
    return problem(damage.message, damage.hint);
  return subject.fix
    ? replaced(subject)
    : problem(
        damage.message,
        'Entries and pointers still serve. Restore it from a backup, or begin a fresh queue with what can still be read of it: cab doctor --fix',
      );
}

/** A daemon that works always has some. Others leave none behind, unless they were killed. */
const notFlushed = (results: number): string =>
  results === 0 ? '' : `; ${counted(results, 'result')} not flushed yet (cab gc --flush)`;

/** Nothing is repaired while a daemon has the file open. */
async function replaced({ options, onProgress }: Subject): Promise<Result> {
  const claim = await readClaim(doctoredPlaces(options.root).daemon);
  // This also finds a daemon that does not listen yet, or no more.
  if (claim !== undefined && !(await isLeftOver(claim))) {
    const { pid } = (await livingDaemon(claim)) ?? {};
    return problem(
      `the job store is damaged, and a daemon has it open${pid === undefined ? '' : `: pid ${pid}`}`,
      'Stop the daemon, and all other commands on this root; then again: cab doctor --fix',
    );
  }
  onProgress({ step: 'beginning a fresh queue', done: 0, total: undefined });
  const { aside, jobs, history, retold } = await replaceJobStore(options);
  return fixed(
    `a fresh queue was begun with ${jobs} jobs and ${history + retold} steps of tracks' histories; the damaged file is kept in ${aside}`,
  );
}

async function runner({ options }: Subject): Promise<Result> {
  const { normalizeRunnerSpec, resolveRunner } = await import('../../compose/resolve-runner.ts');
  const { cwd, python } = options;
  const resolved = resolveRunner(normalizeRunnerSpec(options.runner, cwd), { cwd, python });
  try {
    const { name, version } = await resolved.identify();
    return ok(`${options.runner}: ${name}, version ${version.slice(0, 16)}`);
  } finally {
    await resolved.close();
  }
}
