/** Finds out why a job ran: what was there before it, and what differs. */
import { isEnded, type Job } from '../../model/job/job.ts';
import type { JobExplanation } from '../../model/job/job-explanation.ts';
import { objectOf, objectOfSubmitter } from '../../model/runner/runner-object.ts';
import type { SubmitRequest } from '../../model/request/submit-request.ts';
import { sameKey } from '../../model/entry/key.ts';
import type { MissReason } from '../../model/report/stats.ts';
import type { EntryStore } from '../../ports/entry-store.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import { outlinesInPieces } from '../../publication/outlines.ts';
import { requestOf } from '../../publication/resubmission.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';
import { closestEntry } from '../submission/explanation/closest-entry.ts';
import { configsOfSource } from '../submission/explanation/source-configs.ts';
import { PastJobs } from './misses.ts';

/** The most earlier jobs that are looked at. */
const mostJobs = 20_000;

export interface ExplainedIn {
  readonly store: JobStore;
  readonly entries: EntryStore;
  readonly turns: LoopTurns;
}

export async function explainJob(
  job: Job,
  { store, entries, turns }: ExplainedIn,
): Promise<JobExplanation> {
  const { spec } = job;
  const past = await pastOf(job, store, turns);
  const before = await entriesBefore(job, entries);
  const config = spec.config_hash_given ? null : spec.config;
  const closest = closestEntry(spec.key, config, before);
  const created = before.found.find(({ key }) => closest !== null && sameKey(key, closest.key));
  const isOfSubmitter = objectOf(spec.runner) === objectOfSubmitter;
  return {
    job_id: job.id,
    reason: ranNot(job) ? null : reasonOf(job, past.jobs, closest !== null),
    key: spec.key,
    config,
    closest: closest && { ...closest, created_at: created?.created_at ?? null },
    partial: !before.isWhole || !past.isWhole,
    request: isOfSubmitter ? null : repetitionOf(job),
    kept: spec.input.kept,
  };
}

/** True for a hit, and for a job that was refused when it was submitted. */
const ranNot = (job: Job): boolean =>
  (job.state === 'done' && job.cached) || (isEnded(job) && job.started_at === null);

function reasonOf({ spec }: Job, past: PastJobs, hasEntry: boolean): MissReason {
  const reason = past.reasonFor({ force: spec.force, key: spec.key });
  return reason === 'new_input' && hasEntry ? 'new_configuration' : reason;
}

async function pastOf(
  job: Job,
  store: JobStore,
  turns: LoopTurns,
): Promise<{ readonly jobs: PastJobs; readonly isWhole: boolean }> {
  const jobs = new PastJobs();
  let seen = 0;
  for await (const outlines of outlinesInPieces(store, { before: job.id }, turns)) {
    for (const outline of outlines)
      if (outline.key.source_hash === job.spec.key.source_hash) jobs.add(outline);
    seen += outlines.length;
    if (seen >= mostJobs) return { jobs, isWhole: false };
  }
  return { jobs, isWhole: true };
}

/** Other entries of the source that stood when the job began, or stand now if it has not begun. */
async function entriesBefore(job: Job, entries: EntryStore) {
  const { key } = job.spec;
  const own = job.state === 'done' ? [key, job.result] : [key];
  const began = (job.state === 'pending' ? null : job.started_at) ?? '~';
  const { found, isWhole } = await configsOfSource(
    key.source_hash,
    entries,
    new AbortController().signal,
  );
  const before = found.filter(
    (entry) =>
      !own.some((one) => sameKey(one, entry.key)) &&
      (entry.created_at === null || entry.created_at < began),
  );
  return { found: before, isWhole };
}

/** Without what is not given, or is as if it were not, and without the name of that one run. */
function repetitionOf(job: Job): SubmitRequest {
  const { features_path, untracked, force, priority, max_attempts, ...request } = requestOf(
    job,
    (path) => path,
    undefined,
  );
  const given = Object.entries(request).filter(
    ([name, value]) => name !== 'run_id' && value !== null && !isEmpty(value),
  );
  return {
    ...(!job.spec.input.kept && { features_path }),
    ...Object.fromEntries(given),
    ...(untracked === true && { untracked }),
    ...(force === true && { force }),
    ...(priority !== 0 && { priority }),
    ...(max_attempts !== 1 && { max_attempts }),
  };
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;
