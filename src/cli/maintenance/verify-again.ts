/** Runs jobs for a check: to compute lost results again, and to compare results. */
import { CabError } from '../../core/model/errors.ts';
import { sampleOf } from '../../core/model/report/sample.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { formatKey, sameKey, type EntryKey } from '../../core/model/entry/key.ts';
import type { Finding } from '../../core/model/report/verify-report.ts';
import type { Broker } from '../../core/engine/broker.ts';
import { openLocalBroker, type LocalOptions } from '../../compose/open-broker.ts';
import { pastJobsOf, sampleOfRoot, type PastJob } from '../../compose/upkeep/verify-root.ts';

type Options = Omit<LocalOptions, 'part'>;

export interface Rerun {
  /** For people. */
  readonly told: string;
  /** The entry exists again. */
  readonly isDone: boolean;
}

/** Submits the jobs whose entries were lost, and runs them. Returns what happened to each entry, by its key. */
export async function rerun(
  lost: readonly EntryKey[],
  options: Options,
): Promise<ReadonlyMap<string, Rerun>> {
  const none: Rerun = { told: 'no job on record made it', isDone: false };
  const told = new Map(lost.map((key) => [formatKey(key), none]));
  await eachByMaking(
    await pastJobsOf(options, lost),
    options,
    async (broker, { key, request }) => {
      // No track: a track that has a later result by now must not go back to this one.
      const again = { ...request, untracked: true, force: false };
      const { job_id, status, problem } = await ended(broker, again);
      told.set(
        formatKey(key),
        status === 'done'
          ? { told: `computed again by job ${job_id}`, isDone: true }
          : { told: `job ${job_id}: ${status}, ${problem?.code ?? ''}`, isDone: false },
      );
    },
    (job, error) => told.set(formatKey(job.key), { told: error.message, isDone: false }),
  );
  return told;
}

export interface Recomputed {
  readonly count: number;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** Runs the jobs of a sample of entries again, as `--force` does. Published entries are not touched. */
export async function recompute(sample: string, options: Options): Promise<Recomputed> {
  const chosen = sampleOf(sample);
  const keys = chosen === undefined ? [] : await sampleOfRoot(options, chosen);
  const jobs = await pastJobsOf(options, keys);
  const findings: Finding[] = [];
  const notes: string[] = [];
  if (jobs.length < keys.length)
    notes.push(
      `${keys.length - jobs.length} entries of the sample have no job on record, and were not recomputed`,
    );
  let count = 0;
  await eachByMaking(
    jobs,
    options,
    async (broker, job) => {
      const request = { ...job.request, untracked: true, force: true };
      const { key } = await broker.explain(request);
      if (!sameKey(key, job.key)) {
        notes.push(
          `${formatKey(job.key)}: the runner, its input or its database is another by now`,
        );
        return;
      }
      const { status, problem } = await ended(broker, request);
      count += 1;
      if (problem?.code === 'not_reproducible') findings.push(differing(job, problem));
      else if (status !== 'done') notes.push(`${formatKey(job.key)}: ${problem?.code ?? status}`);
    },
    (job, error) => notes.push(`${formatKey(job.key)}: ${error.message}`),
  );
  return { count, findings, notes };
}

const ended = async (broker: Broker, request: PastJob['request']): Promise<JobDocument> =>
  broker.wait((await broker.submit(request)).job_id);

/** A broker has one runner and one artifact name. Each broker is opened once. */
async function eachByMaking(
  jobs: readonly PastJob[],
  options: Options,
  use: (broker: Broker, job: PastJob) => Promise<void>,
  failed: (job: PastJob, error: CabError) => void,
): Promise<void> {
  const groups = new Map<string, PastJob[]>();
  for (const job of jobs) {
    const making = JSON.stringify(job.made);
    groups.set(making, [...(groups.get(making) ?? []), job]);
  }
  for (const [first, ...others] of groups.values()) {
    if (first === undefined) continue;
    const broker = await openLocalBroker({ ...options, ...first.made, part: 'working' });
    try {
      for (const job of [first, ...others]) {
        try {
          await use(broker, job);
        } catch (error) {
          if (!(error instanceof CabError)) throw error;
          failed(job, error);
        }
      }
    } finally {
      await broker.close();
    }
  }
}

const differing = (
  { key, job_id }: PastJob,
  { details }: NonNullable<JobDocument['problem']>,
): Finding => ({
  class: 'not_reproducible',
  path: `echo/${formatKey(key)}`,
  message: 'the runner, run again, gave other bytes',
  key,
  expected: textOf(details['standing']),
  actual: textOf(details['computed']),
  tracks: [],
  jobs: [job_id],
  mend: null,
  repaired: null,
});

const textOf = (detail: unknown): string | null => (typeof detail === 'string' ? detail : null);
