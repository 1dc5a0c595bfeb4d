import type { Owner, PendingJob, RunningJob } from '../../../core/model/job/job.ts';
import { formatKey } from '../../../core/model/entry/key.ts';
import { objectOf } from '../../../core/model/runner/runner-object.ts';
import type { ClaimScope } from '../../../core/ports/jobs/job-queue.ts';
import { append } from './events.ts';
import { baseOf, type MemoryQueue, type StoredJob } from './memory-queue.ts';

/** Claims pending jobs in memory: for each key at most one job runs. */
export function claim(queue: MemoryQueue, scope: ClaimScope, limit: number): RunningJob[] {
  const busy = new Set(queue.in('running').map(({ job }) => formatKey(job.spec.key)));
  const taken: RunningJob[] = [];
  const left = new Map(scope.room);
  for (const waiting of inTurn(ready(queue, scope), scope)) {
    if (taken.length >= Math.trunc(limit)) break;
    const { kind, key: wanted } = waiting.job.spec;
    const key = formatKey(wanted);
    const places = kind === undefined ? Infinity : (left.get(kind) ?? Infinity);
    if (busy.has(key) || places < 1) continue;
    if (kind !== undefined) left.set(kind, places - 1);
    busy.add(key);
    taken.push(start(queue, waiting, scope));
  }
  return taken;
}

export function nextDue(queue: MemoryQueue, scope: ClaimScope): number | undefined {
  const waits = waiting(queue, scope).map((each) => untilDue(queue, each));
  return waits.length === 0 ? undefined : Math.min(...waits);
}

type Waiting = StoredJob & { readonly job: PendingJob };

const isWaiting = (stored: StoredJob): stored is Waiting => stored.job.state === 'pending';

const ready = (queue: MemoryQueue, scope: ClaimScope): Waiting[] =>
  waiting(queue, scope).filter((each) => untilDue(queue, each) === 0);

/** The pending jobs that the scope lets a worker take, whether they are due or not. */
function waiting(queue: MemoryQueue, scope: ClaimScope): Waiting[] {
  const { owner, reach, objects, room, without = [], labels = [] } = scope;
  const deaths = new Map<string, boolean>();
  const isDead = (submitter: Owner): boolean => {
    const name = nameOf(submitter);
    const dead = deaths.get(name) ?? queue.isAlive(submitter) === false;
    deaths.set(name, dead);
    return dead;
  };
  const isWithin = ({ submitter, job }: Waiting): boolean => {
    const { kind, runner, needs = [] } = job.spec;
    if (kind !== undefined && (room?.get(kind) ?? 1) < 1) return false;
    if (without.includes(runner)) return false;
    if (!needs.every((label) => labels.includes(label))) return false;
    const object = objectOf(runner);
    if (object !== null && !objects.includes(object)) return false;
    if (reach === 'all') return true;
    if (submitter === null) return reach === 'adopt';
    return isSame(submitter, owner) || (reach === 'adopt' && isDead(submitter));
  };
  return queue.in('pending').filter(isWaiting).filter(isWithin);
}

/** The order in which jobs are taken. A worker that adopts jobs takes its own jobs first. */
function inTurn(jobs: readonly Waiting[], { owner, reach }: ClaimScope): Waiting[] {
  const rank = ({ submitter }: Waiting): number =>
    reach === 'adopt' && submitter !== null && isSame(submitter, owner) ? 0 : 1;
  return [...jobs].sort(
    (a, b) => rank(a) - rank(b) || b.job.priority - a.job.priority || a.seq - b.seq,
  );
}

const untilDue = (queue: MemoryQueue, { due }: Waiting): number =>
  due === null ? 0 : Math.max(0, due - queue.clock.monotonic());

function start(queue: MemoryQueue, stored: Waiting, { owner, lease_ms }: ClaimScope): RunningJob {
  const job = baseOf(stored.job);
  const { failure } = stored.job;
  const epoch = stored.epoch + 1;
  const running: RunningJob = {
    ...job,
    attempts: job.attempts + 1,
    state: 'running',
    started_at: queue.now(),
    ...{ owner, epoch, cancel_requested: false },
  };
  const leaseUntil = queue.clock.monotonic() + lease_ms;
  queue.put({ ...stored, job: running, epoch, due: null, leaseUntil, failure });
  const { attempts: attempt } = running;
  append(queue, job.id, { type: 'started', attempt, data: { pid: owner.pid } });
  return running;
}

const nameOf = ({ machine, pid, started }: Owner): string =>
  JSON.stringify([machine, pid, started]);
const isSame = (a: Owner, b: Owner): boolean => nameOf(a) === nameOf(b);
