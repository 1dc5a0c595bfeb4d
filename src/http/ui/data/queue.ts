/** What the daemon says about its queue, its use, and its upkeep. */
import * as is from './shape.ts';
import { countsShape } from './jobs.ts';
import { ask, query, type Asking } from './request.ts';
import { role } from './session.ts';

const count = is.number;

const queueShape = is.object({
  at: is.string,
  role: is.oneOf(['read', 'write']),
  version: is.string,
  paused: is.boolean,
  concurrency: is.nullable(count),
  counts: countsShape,
  waiting: is.list(is.object({ priority: count, jobs: count })),
  active: is.list(
    is.object({ runner: is.string, name: is.string, pending: count, running: count }),
  ),
  oldest_waiting_s: is.nullable(count),
  rates: is.list(is.object({ minutes: count, submitted: count, ended: count })),
  disk: is.nullable(is.object({ total_bytes: count, free_bytes: count, used_bytes: count })),
});
export type Queue = is.Of<typeof queueShape>;

/** Says too what the caller may do. */
export async function getQueue(asking?: Asking): Promise<Queue> {
  const queue = await ask(queueShape, '/echo/queue', asking);
  role.value = queue.role;
  return queue;
}

export const pauseQueue = (paused: boolean) =>
  ask(queueShape, '/echo/queue', { method: 'PUT', body: { paused } });

const useShape = is.object({
  hits: count,
  computed: count,
  failed: count,
  saved_ms: count,
  ran_ms: count,
  made_bytes: count,
});
export type Use = is.Of<typeof useShape>;

const statsShape = is.object({
  since: is.string,
  total: useShape,
  runners: is.record(useShape),
  days: is.record(useShape),
  misses: is.record(count),
  whole: is.boolean,
});
export type Stats = is.Of<typeof statsShape>;

export const getStats = (since: string | undefined, asking?: Asking) =>
  ask(statsShape, `/echo/stats${query({ since })}`, asking);

const text = is.nullable(is.string);
const findingShape = is.object({
  class: is.string,
  path: text,
  message: is.string,
  tracks: is.nullable(is.list(is.string)),
  jobs: is.nullable(is.list(is.string)),
  repaired: text,
});
export type Finding = is.Of<typeof findingShape>;

const reportsShape = is.object({
  verify: is.nullable(
    is.object({
      ended_at: is.string,
      counts: is.record(count),
      report: is.nullable(
        is.object({
          sound: is.boolean,
          quick: is.boolean,
          entries: is.object({ found: count, checked: count }),
          bytes: count,
          elapsed_s: count,
          findings: is.list(findingShape),
          notes: is.list(findingShape),
        }),
      ),
    }),
  ),
  gc: is.nullable(is.object({ ended_at: is.string, report: is.unknown })),
  quarantine: is.list(is.object({ id: is.string, at: text })),
  pins: is.list(is.object({ config_hash: is.string, source_hash: is.string })),
});
export type Reports = is.Of<typeof reportsShape>;

export const getReports = (asking?: Asking) => ask(reportsShape, '/echo/reports', asking);

const planShape = is.object({
  at: is.string,
  report: is.object({
    entries: is.object({ kept: count, removed: count, removed_bytes: count }),
  }),
  removals: is.list(
    is.object({
      config_hash: is.string,
      source_hash: is.string,
      action: is.string,
      reason: is.string,
      modified_at: text,
      bytes: count,
    }),
  ),
  /** Removals that are not listed. */
  more: count,
});
export type Plan = is.Of<typeof planShape>;

export const getPlan = (asking?: Asking) => ask(planShape, '/echo/gc-plan?limit=200', asking);
