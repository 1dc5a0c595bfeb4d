/** What garbage collection reads and drops in the queue. All of it is fast, so each sweep is one portion. */
import { keptPlaces } from '../../../core/model/job/job.ts';
import { formatKey } from '../../../core/model/entry/key.ts';
import type {
  AreGone,
  Reliance,
  Reliances,
  Swept,
  TrackResult,
  TrimRule,
} from '../../../core/ports/jobs/retention.ts';
import { history } from './history.ts';
import { ended, ofStates } from './lookups.ts';
import type { MemoryQueue, StoredJob } from './memory-queue.ts';

export const reliances = (queue: MemoryQueue): Reliances =>
  relied(queue, ofStates(queue, ['pending', 'running']));

/** Reliances of the jobs that were accepted after the moment `upTo`, and of those that run. */
export const arrivedSince = (queue: MemoryQueue, upTo: number): Reliances =>
  relied(
    queue,
    [...queue.all()].filter(({ seq, job }) => seq > upTo || job.state === 'running'),
  );

const relied = (queue: MemoryQueue, jobs: readonly StoredJob[]): Reliances => ({
  of: jobs.flatMap((stored) => reliancesOf(queue, stored)),
  upTo: queue.lastSeq,
});

function reliancesOf({ aliases }: MemoryQueue, { job }: StoredJob): Reliance[] {
  const { key } = job.spec;
  const reliance = { job_id: job.id, ...key, kept: keptPlaces(job.spec) };
  const target = job.state === 'done' ? job.result : aliases.get(formatKey(key));
  if (target === undefined) return [reliance];
  const { config_hash, source_hash } = target;
  return [reliance, { ...reliance, config_hash, source_hash }];
}

export const inputsInUse = (queue: MemoryQueue): string[] =>
  ofStates(queue, ['pending', 'running', 'error', 'canceled']).flatMap(({ job }) =>
    keptPlaces(job.spec),
  );

/**
 * The results of one track, the latest first. A result leaves the last places when the result `keepLast`
 * places later has ended.
 */
export const resultsOf = (queue: MemoryQueue, track_id: string, keepLast: number): TrackResult[] =>
  history(queue, track_id).map(({ config_hash, source_hash }, index, steps) => ({
    ...{ track_id, config_hash, source_hash, rank: index + 1 },
    left_at: steps[index - keepLast]?.at ?? null,
  }));

export function trim(queue: MemoryQueue, rule: TrimRule): Swept {
  const jobs = ended(queue);
  let excess = jobs.length - rule.keep;
  const gone = new Set<string>();
  for (const { job } of jobs) {
    if (!('finished_at' in job) || job.finished_at >= rule.settled) continue;
    if (excess <= 0 && job.finished_at >= rule.before) continue;
    excess -= 1;
    gone.add(job.id);
  }
  if (!rule.dryRun) {
    for (const id of gone) queue.remove(id);
    queue.events = queue.events.filter(({ job_id }) => !gone.has(job_id));
  }
  return whole(gone.size);
}

export async function dropAliases(queue: MemoryQueue, areGone: AreGone): Promise<Swept> {
  const all = [...queue.aliases];
  const gone = await areGone(all.map(([, actual]) => actual));
  const running = new Set(queue.in('running').map(({ job }) => formatKey(job.spec.key)));
  const going = all.filter(
    ([predicted, actual], at) =>
      gone[at] === true && !running.has(predicted) && queue.aliases.get(predicted) === actual,
  );
  for (const [predicted] of going) queue.aliases.delete(predicted);
  return whole(going.length);
}

export async function dropResults(
  queue: MemoryQueue,
  { keepLast, before }: { readonly keepLast: number; readonly before: string },
  areGone: AreGone,
): Promise<Swept> {
  const old = [...queue.history.keys()]
    .flatMap((track_id) => history(queue, track_id).slice(keepLast))
    .filter(({ at }) => at < before);
  const gone = await areGone(old);
  const going = old.filter((_, at) => gone[at] === true);
  for (const { track_id, job_id } of going) queue.history.get(track_id)?.delete(job_id);
  return whole(going.length);
}

export async function dropDigests(
  { digests }: MemoryQueue,
  isStale: (path: string, fingerprint: string) => Promise<boolean>,
): Promise<Swept> {
  let dropped = 0;
  for (const [path, { fingerprint }] of [...digests]) {
    if (!(await isStale(path, fingerprint))) continue;
    if (digests.get(path)?.fingerprint !== fingerprint) continue;
    digests.delete(path);
    dropped += 1;
  }
  return whole(dropped);
}

const whole = (dropped: number): Swept => ({ dropped, next: undefined });
