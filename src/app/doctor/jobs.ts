/** What jobs need: the queue's file, and a runner. */
import { access } from 'node:fs/promises';
import { layoutOf } from '../../core/cas/layout.ts';
import { CabError, errnoOf } from '../../core/errors.ts';
import { jobStates } from '../../core/model/job.ts';
import { openLocalBroker } from '../open-broker.ts';
import { ok, problem, type Check, type Result, type Subject } from './check.ts';

export const jobChecks: readonly Check[] = [
  { name: 'job store', look: jobStore },
  { name: 'runner', look: runner },
];

async function jobStore({ options }: Subject): Promise<Result> {
  const { jobs: file } = layoutOf(options.root);
  if (!(await exists(file))) return ok('nothing to look at yet');
  const broker = await openLocalBroker({ ...options, part: 'reading' });
  try {
    const counts = await broker.counts();
    const damage = await integrity(file);
    if (damage !== undefined)
      return problem(
        `${file}: ${damage}`,
        'Keep a copy of the file, and restore it from a backup.',
      );
    const jobs = jobStates.reduce((sum, state) => sum + counts[state], 0);
    return ok(`${file}: sound, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}`);
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return problem(error.message, error.hint);
  } finally {
    await broker.close();
  }
}

/** What SQLite finds wrong with the file; undefined where all is well. */
async function integrity(file: string): Promise<string | undefined> {
  const { default: Sqlite } = await import('better-sqlite3');
  const database = new Sqlite(file, { readonly: true, timeout: 10_000 });
  try {
    const found = String(database.pragma('quick_check(1)', { simple: true }));
    return found === 'ok' ? undefined : found;
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
