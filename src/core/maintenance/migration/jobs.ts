/** Copies jobs with their events and inputs, and what is remembered of their keys. */
import { CabError, isCabError } from '../../model/errors.ts';
import { sameKey } from '../../model/entry/key.ts';
import type { Job } from '../../model/job/job.ts';
import { objectOf } from '../../model/runner/runner-object.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { RestingJob } from '../../ports/jobs/birth.ts';
import type { MovedJob, PastEvent } from '../../ports/jobs/job-transfer.ts';
import type { Migration } from './context.ts';
import { copyDatabase, copyInput } from './kept-files.ts';
import { copyLog } from './logs.ts';

/** Jobs that are copied in one transaction. */
const pageSize = 200;

/** From the earliest job on, because a job store takes jobs in the order of their ids. */
export async function copyJobs(migration: Migration): Promise<void> {
  try {
    await copyAll(migration);
  } catch (error) {
    // The jobs behind a row that cannot be read cannot come before it.
    if (!isCabError(error, 'queue_unreadable')) throw error;
    const { from } = migration.options;
    const { job } = error.details;
    migration.note('job', typeof job === 'string' ? job : from.jobs.place, error);
  }
}

async function copyAll(migration: Migration): Promise<void> {
  const { from, to, pace } = migration.options;
  const old = await from.jobs.existing();
  if (old === undefined) return;
  const store = await to.jobs.made();
  const [latest] = await old.outlines({ limit: 1 });
  if (latest === undefined) return;
  // Jobs that come meanwhile are for the next run: a page that they make longer would lose its earliest.
  const end = after(latest.id);
  const pages = await firstOfPages(old, end);
  const counts = await old.counts();
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const isInUse = migration.options.isInUse || counts.running > 0;
  let seen = 0;
  for (const [at, first] of pages.entries()) {
    const page = await pageOf(old, first, pages[at + 1] ?? end);
    const stop = page.findIndex((job) => !isMovable(job, isInUse));
    const jobs = (stop === -1 ? page : page.slice(0, stop)) as readonly RestingJob[];
    await take(migration, old, store, jobs);
    seen += jobs.length;
    migration.progress('copying jobs', seen, total);
    if (stop !== -1) {
      migration.jobs.left = Math.max(1, total - seen);
      return;
    }
    if (pace.isDue) await pace.rest();
  }
}

/** Ids are hex digits, so this comes after the id and before each later one. */
const after = (id: string): string => `${id}~`;

/** The ids with which pages begin, the earliest first. Jobs are listed the latest first. */
async function firstOfPages(store: JobStore, end: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let before = end; ;) {
    const first = (await store.outlines({ limit: pageSize, before })).at(-1);
    if (first === undefined) return ids.reverse();
    ids.push(first.id);
    before = first.id;
  }
}

const pageOf = async (store: JobStore, from: string, before: string): Promise<readonly Job[]> =>
  (await store.list({ limit: pageSize, from, before })).toReversed();

/** A job that waits would be run in both places if something still runs jobs in the old one. */
function isMovable(job: Job, isInUse: boolean): job is RestingJob {
  if (job.state === 'running') return false;
  // The function that runs it is in a process that has ended.
  return job.state !== 'pending' || (!isInUse && objectOf(job.spec.runner) === null);
}

async function take(
  migration: Migration,
  old: JobStore,
  store: JobStore,
  jobs: readonly RestingJob[],
): Promise<void> {
  const { from, to } = migration.options;
  const [first] = jobs;
  const last = jobs.at(-1);
  if (first === undefined || last === undefined) return;
  const known = new Set((await pageOf(store, first.id, after(last.id))).map(({ id }) => id));
  const missing = jobs.filter(({ id }) => !known.has(id));
  migration.jobs.there += jobs.length - missing.length;
  const moved: MovedJob[] = [];
  for (const job of missing) {
    moved.push(await withAll(migration, old, job));
    await copyLog(from.jobLogs, to.jobLogs, job.id);
  }
  const taken = await store.take(moved);
  for (const [at, { job }] of moved.entries()) {
    if (taken[at] === 'taken') migration.jobs.copied += 1;
    else if (taken[at] === 'there') migration.jobs.there += 1;
    else migration.note('job', job.id, late);
    if (job.state === 'done' && !sameKey(job.spec.key, job.result))
      await store.remember(job.spec.key, job.result);
  }
}

const late = new CabError(
  'entry_exists',
  'the new place has later jobs already, so this one cannot come before them',
);

const mostEvents = 1000;

async function withAll(migration: Migration, old: JobStore, job: RestingJob): Promise<MovedJob> {
  const events: PastEvent[] = [];
  for (let seq = 0; ;) {
    const page = await old.events(seq, mostEvents, job.id);
    events.push(...page);
    const last = page.at(-1);
    if (last === undefined) break;
    seq = last.seq;
  }
  await copyDatabase(migration, job);
  return { job, events, input: await copyInput(migration, old, job) };
}
