/** Counts ended jobs for `cab stats`, by runner and by day. */
import { objectOf, objectOfSubmitter } from '../core/model/job/runner-object.ts';
import type { Broker } from '../core/engine/broker.ts';
import type { JobDocument } from '../core/model/job/job-document.ts';
import { ranFor, Savings } from './jobs/savings.ts';

export interface Tally {
  /** Jobs that ended `done` and ran nothing. */
  hits: number;
  /** Jobs that ended `done` and ran. */
  computed: number;
  failed: number;
  /** Milliseconds that the runs took whose results were hits. */
  saved_ms: number;
  /** Milliseconds that runs took. */
  ran_ms: number;
  /** Bytes of the entries that were made. */
  made_bytes: number;
}

export interface Stats {
  /** ISO 8601, UTC: jobs submitted since. */
  readonly since: string;
  readonly total: Tally;
  /** By runner, under the name that users know. */
  readonly runners: Readonly<Record<string, Tally>>;
  /** By day of submission, UTC, the latest first. */
  readonly days: Readonly<Record<string, Tally>>;
}

const page = 1000;

export async function statsOf(broker: Broker, since: string, signal: AbortSignal): Promise<Stats> {
  const savings = new Savings(broker);
  const total = empty();
  const runners = new Map<string, Tally>();
  const days = new Map<string, Tally>();
  for await (const job of jobsSince(broker, since, signal)) {
    if (job.finished_at === null || job.status === 'canceled') continue;
    const parts = [
      total,
      tallyOf(runners, job.kind ?? runnerName(job.runner)),
      tallyOf(days, job.submitted_at.slice(0, 10)),
    ];
    const cost = job.status === 'done' ? await savings.costOf(job) : undefined;
    for (const tally of parts) count(tally, job, cost);
  }
  return { since, total, runners: Object.fromEntries(runners), days: Object.fromEntries(days) };
}

async function* jobsSince(
  broker: Broker,
  since: string,
  signal: AbortSignal,
): AsyncGenerator<JobDocument> {
  let cursor: string | null | undefined;
  do {
    signal.throwIfAborted();
    const { jobs, next } = await broker.jobs({ limit: page, ...(cursor != null && { cursor }) });
    for (const job of jobs) {
      if (job.submitted_at < since) return;
      yield job;
    }
    cursor = next;
  } while (cursor !== null);
}

const empty = (): Tally => ({
  hits: 0,
  computed: 0,
  failed: 0,
  saved_ms: 0,
  ran_ms: 0,
  made_bytes: 0,
});

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  const tally = tallies.get(name) ?? empty();
  tallies.set(name, tally);
  return tally;
}

function count(
  tally: Tally,
  job: JobDocument,
  cost: { readonly ms: number; readonly bytes: number } | undefined,
): void {
  if (cost === undefined) tally.failed += 1;
  else if (job.cached) {
    tally.hits += 1;
    tally.saved_ms += cost.ms;
  } else {
    tally.computed += 1;
    tally.made_bytes += cost.bytes;
  }
  tally.ran_ms += ranFor(job);
}

/** The runner without the folder in which it was named. All commands of `cab run` count as one runner. */
export const runnerName = (spec: string): string =>
  objectOf(spec) === objectOfSubmitter
    ? 'cab run'
    : spec.replace(/^@\/\S* (?:PYTHONPATH=\S* )?/, '');
