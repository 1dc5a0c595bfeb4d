/** What jobs need: the queue's file, and a runner. */
import { access } from 'node:fs/promises';
import { FsPointerStore } from '../../core/cas/fs-pointer-store.ts';
import { layoutOf } from '../../core/cas/layout.ts';
import { CabError, errnoOf } from '../../core/errors.ts';
import { jobStates } from '../../core/model/job.ts';
import { queueFailure } from '../../core/queue/sqlite-failure.ts';
import { openLocalBroker } from '../open-broker.ts';
import { fixed, ok, problem, type Check, type Result, type Subject } from './check.ts';

export const jobChecks: readonly Check[] = [
  { name: 'job store', look: jobStore },
  { name: 'runner', look: runner },
];

async function jobStore(subject: Subject): Promise<Result> {
  const { jobs: file } = layoutOf(subject.options.root);
  if (!(await exists(file))) return ok('nothing to look at yet');
  const { damage, jobs } = await lookInto(file, subject);
  if (damage === undefined) return ok(`${file}: sound, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}`);
  if (damage.code !== 'queue_unreadable') return problem(damage.message, damage.hint);
  return subject.fix
    ? replaced(subject)
    : problem(
        damage.message,
        'Entries and pointers still serve. Restore it from a backup, or begin a fresh queue with what can still be read of it: cab doctor --fix',
      );
}

async function lookInto(
  file: string,
  { options }: Subject,
): Promise<{ damage?: CabError; jobs: number }> {
  const broker = await openLocalBroker({ ...options, part: 'reading' });
  try {
    const counts = await broker.counts();
    const damage = await integrity(file);
    const jobs = jobStates.reduce((sum, state) => sum + counts[state], 0);
    return damage === undefined
      ? { jobs }
      : {
          jobs,
          damage: new CabError('queue_unreadable', `the job store ${file} is damaged: ${damage}`),
        };
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return { jobs: 0, damage: error };
  } finally {
    await broker.close();
  }
}

/** Nothing is mended under a daemon that has the file open. */
async function replaced({ options: { root, manifestName } }: Subject): Promise<Result> {
  const { findDaemon } = await import('../../http/find-daemon.ts');
  const daemon = await findDaemon(root);
  if (daemon !== undefined)
    return problem(
      `the job store is damaged, and a daemon has it open: pid ${daemon.pid}`,
      'Stop the daemon, and all other commands on this root; then again: cab doctor --fix',
    );
  const { startFreshQueue } = await import('../../core/maintenance/fresh-queue.ts');
  const layout = layoutOf(root);
  const { aside, jobs, history, retold } = await startFreshQueue({
    layout,
    manifestName,
    pointers: new FsPointerStore(layout),
    now: new Date(),
  });
  return fixed(
    `a fresh queue was begun with ${jobs} jobs and ${history + retold} steps of tracks' histories; the damaged file is kept in ${aside}`,
  );
}

/** What SQLite finds wrong with the file; undefined where all is well. */
async function integrity(file: string): Promise<string | undefined> {
  const { default: Sqlite } = await import('better-sqlite3');
  const database = new Sqlite(file, { readonly: true, timeout: 10_000 });
  try {
    const found = String(database.pragma('quick_check(1)', { simple: true }));
    return found === 'ok' ? undefined : found;
  } catch (error) {
    throw queueFailure(error, file);
  } finally {
    database.close();
  }
}

async function runner({ options }: Subject): Promise<Result> {
  const { normalizeRunnerSpec, resolveRunner } = await import('../../runners/resolve.ts');
  const { cwd, python } = options;
  try {
    const resolved = resolveRunner(normalizeRunnerSpec(options.runner, cwd), { cwd, python });
    try {
      const { name, version } = await resolved.identify();
      return ok(`${options.runner}: ${name}, version ${version.slice(0, 16)}`);
    } finally {
      await resolved.close();
    }
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return problem(error.message, error.hint);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}
