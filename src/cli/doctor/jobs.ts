/** What jobs need: the queue's file, and a runner. */
import { FsPointerStore } from '../../stores/local/fs-pointer-store.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { CabError } from '../../core/model/errors.ts';
import type { JobStore } from '../../core/ports/job-store.ts';
import { openJobStore } from '../../stores/sqlite/sqlite-job-store.ts';
import { readClaim } from '../../daemon/claimed-file.ts';
import { isLeftOver, livingDaemon } from '../../daemon/daemon-file.ts';
import { fixed, ok, problem, type Check, type Result, type Subject } from './check.ts';

export const jobChecks: readonly Check[] = [
  { name: 'job store', look: jobStore },
  { name: 'runner', look: runner },
];

async function jobStore(subject: Subject): Promise<Result> {
  const { jobs: file } = layoutOf(subject.options.root);
  const { damage, jobs } = await lookInto(file, subject);
  if (damage === undefined && jobs === undefined) return ok('nothing to look at yet');
  if (damage === undefined) return ok(`${file}: sound, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}`);
  if (damage.code !== 'queue_unreadable') return problem(damage.message, damage.hint);
  return subject.fix
    ? replaced(subject)
    : problem(
        damage.message,
        'Entries and pointers still serve. Restore it from a backup, or begin a fresh queue with what can still be read of it: cab doctor --fix',
      );
}

/** Neither where there is no queue. */
async function lookInto(
  file: string,
  subject: Subject,
): Promise<{ damage?: CabError; jobs?: number }> {
  try {
    const store = await openJobStore({ file, create: false, look: true });
    if (store === undefined) return {};
    try {
      const jobs = await readable(store, file, subject);
      const [damage] = await soundness(store, jobs, subject);
      return damage === undefined ? { jobs } : { damage: damaged(file, damage) };
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    return { damage: error };
  }
}

/** How many jobs there are. What is sound to SQLite may still be none: each is read as a command would. Throws queue_unreadable. */
async function readable(
  store: JobStore,
  file: string,
  { pace, onProgress }: Subject,
): Promise<number> {
  const total = Object.values(await store.counts()).reduce((sum, jobs) => sum + jobs, 0);
  let jobs = 0;
  for (let before: string | undefined; ;) {
    const page = await store.list({ limit: pageSize, ...(before !== undefined && { before }) });
    const last = page.at(-1)?.id;
    if (last === undefined) return jobs;
    // An index that leads back would never end.
    if (before !== undefined && last >= before) throw damaged(file, `job ${last} is out of order`);
    before = last;
    jobs += page.length;
    onProgress({ step: 'reading jobs', done: jobs, total });
    if (pace.isDue) await pace.rest();
  }
}

/** Last, for SQLite gives nobody a turn meanwhile: where that is long, the terminal shows a line by now. */
async function soundness(
  store: JobStore,
  jobs: number,
  { pace, onProgress }: Subject,
): Promise<readonly string[]> {
  onProgress({ step: 'checking the pages of the job store', done: 0, total: undefined });
  if (jobs > pageSize) await pace.rest(drawnMs);
  return store.check();
}

/** In which a line is drawn anew. */
const drawnMs = 200;

const pageSize = 500;

const damaged = (file: string, damage: string): CabError =>
  new CabError('queue_unreadable', `the job store ${file} is damaged: ${damage}`);

/** Nothing is mended under a daemon that has the file open. */
async function replaced({ options: { root, ...names }, onProgress }: Subject): Promise<Result> {
  const layout = layoutOf(root);
  const claim = await readClaim(layout.daemon);
  // Also of one that does not listen, for it starts or closes.
  if (claim !== undefined && !(await isLeftOver(claim))) {
    const { pid } = (await livingDaemon(claim)) ?? {};
    return problem(
      `the job store is damaged, and a daemon has it open${pid === undefined ? '' : `: pid ${pid}`}`,
      'Stop the daemon, and all other commands on this root; then again: cab doctor --fix',
    );
  }
  const { startFreshQueue } = await import('../../core/maintenance/fresh-queue.ts');
  onProgress({ step: 'beginning a fresh queue', done: 0, total: undefined });
  const { aside, jobs, history, retold } = await startFreshQueue({
    layout,
    ...names,
    pointers: new FsPointerStore(layout),
    now: new Date(),
  });
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
