/** Counts jobs that have ended, by runner and by day, and why those ran that did. */
import type { EntryCost } from '../../model/entry/entry-cost.ts';
import type { JobOutline } from '../../model/job/job-outline.ts';
import { ranFor } from '../../model/job/ran-for.ts';
import { runnerName } from '../../model/runner/runner-name.ts';
import type { Stats, Tally } from '../../model/report/stats.ts';
import { missesOf } from './misses.ts';
import type { Savings } from './savings.ts';

/** The most jobs that are counted. Each of their manifests may have to be read. */
const mostCounted = 100_000;

interface StatsOptions {
  readonly since: string;
  readonly savings: Savings;
  readonly signal: AbortSignal | undefined;
}

/** `pieces`: the jobs since then that are done or failed, newest first. Throws the signal's reason. */
export async function statsOf(
  pieces: AsyncIterable<readonly JobOutline[]> | Iterable<readonly JobOutline[]>,
  { since, savings, signal }: StatsOptions,
): Promise<Stats> {
  const total = empty();
  const runners = new Map<string, Tally>();
  const days = new Map<string, Tally>();
  const counted: JobOutline[] = [];
  let whole = true;
  for await (const job of jobsIn(pieces)) {
    signal?.throwIfAborted();
    if (counted.length === mostCounted) {
      whole = false;
      break;
    }
    counted.push(job);
    const cost = job.state === 'done' ? await savings.costOf(job.key) : undefined;
    const name = runnerName(job.runner);
    const day = job.submitted_at.slice(0, 10);
    for (const tally of [total, tallyOf(runners, name), tallyOf(days, day)])
      count(tally, job, cost);
  }
  return {
    ...{ since, total },
    runners: Object.fromEntries(runners),
    days: Object.fromEntries(days),
    misses: missesOf(counted.reverse()),
    whole,
  };
}

async function* jobsIn(
  pieces: AsyncIterable<readonly JobOutline[]> | Iterable<readonly JobOutline[]>,
): AsyncGenerator<JobOutline> {
  for await (const outlines of pieces) yield* outlines;
}

const empty = (): Tally => ({
  ...{ hits: 0, computed: 0, failed: 0, saved_ms: 0, ran_ms: 0, made_bytes: 0 },
});

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  const tally = tallies.get(name) ?? empty();
  tallies.set(name, tally);
  return tally;
}

function count(tally: Tally, job: JobOutline, cost: EntryCost | undefined): void {
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
