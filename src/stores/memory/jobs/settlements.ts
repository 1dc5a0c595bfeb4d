import { doneData, failureData, type NewJobEvent } from '../../../core/model/job/job-event.ts';
import type { CanceledJob, Job, RunningJob } from '../../../core/model/job/job.ts';
import type { Settlement } from '../../../core/ports/jobs/job-queue.ts';
import { append } from './events.ts';
import { addToHistory } from './history.ts';
import { baseOf, type MemoryQueue, type StoredJob } from './memory-queue.ts';

export type Held = StoredJob & { readonly job: RunningJob };

export const isHeld = (stored: StoredJob): stored is Held => stored.job.state === 'running';

/** The job if the worker still owns it. An earlier epoch owns nothing. */
export function heldBy(queue: MemoryQueue, { id, epoch }: RunningJob): Held | undefined {
  const stored = queue.get(id);
  return stored !== undefined && isHeld(stored) && stored.epoch === epoch ? stored : undefined;
}

export function settle(queue: MemoryQueue, job: RunningJob, settlement: Settlement): boolean {
  const held = heldBy(queue, job);
  if (held === undefined) return false;
  const goesBack = settlement.state === 'retry' || settlement.state === 'release';
  const isCanceled = held.job.cancel_requested && goesBack;
  leave(queue, held, isCanceled ? { state: 'canceled' } : settlement);
  return true;
}

export function cancel(queue: MemoryQueue, id: string): void {
  const stored = queue.get(id);
  if (stored === undefined) return;
  const { job } = stored;
  if (job.state === 'running') queue.put({ ...stored, job: { ...job, cancel_requested: true } });
  if (job.state !== 'pending') return;
  const ended = { started_at: null, finished_at: queue.now() };
  end(queue, stored, { ...baseOf(job), ...ended, state: 'canceled' });
}

function end(queue: MemoryQueue, stored: StoredJob, job: CanceledJob): void {
  queue.put({ ...stored, job, due: null });
  append(queue, job.id, { type: 'canceled', attempt: job.attempts, data: {} });
}

/** Takes a running job out of its state, and appends the event for that. */
export function leave(queue: MemoryQueue, held: Held, settlement: Settlement): void {
  const job = baseOf(held.job);
  const ended = { ...job, started_at: held.job.started_at, finished_at: queue.now() };
  const attempt = job.attempts;
  const moved = (next: Job, event: NewJobEvent, more: Partial<StoredJob> = {}): void => {
    queue.put({ ...held, due: null, ...more, job: next });
    append(queue, next.id, event);
  };
  switch (settlement.state) {
    case 'done': {
      const { result, cached } = settlement;
      const done = { ...ended, state: 'done', result: { ...result }, cached } as const;
      const data = doneData(result, cached);
      moved(done, { type: 'done', attempt, data }, { input: undefined });
      addToHistory(queue, done);
      return;
    }
    case 'error': {
      const { failure, event: type } = settlement;
      const data = failureData(failure);
      moved({ ...ended, state: 'error', failure }, { type, attempt, data });
      return;
    }
    case 'canceled':
      moved({ ...ended, state: 'canceled' }, { type: 'canceled', attempt, data: {} });
      return;
    case 'retry': {
      const { failure, delay_ms, isOutside = false } = settlement;
      const crashes = job.crashes + (isOutside ? 1 : 0);
      const data = { ...failureData(failure), delay_ms };
      const { due, run_at } = dueIn(queue, delay_ms);
      const next = { ...job, crashes, state: 'pending', run_at, failure } as const;
      moved(next, { type: 'retrying', attempt, data }, { due });
      return;
    }
    case 'release': {
      const { failure } = held;
      const data = { released: true, delay_ms: 0 } as const;
      const next = { ...job, attempts: attempt - 1, run_at: null, failure } as const;
      moved({ ...next, state: 'pending' }, { type: 'retrying', attempt, data });
      return;
    }
    default:
      settlement satisfies never;
  }
}

function dueIn(
  { clock }: MemoryQueue,
  delay_ms: number,
): { due: number | null; run_at: string | null } {
  if (delay_ms <= 0) return { due: null, run_at: null };
  const run_at = new Date(clock.now().getTime() + delay_ms).toISOString();
  return { due: Math.ceil(clock.monotonic() + delay_ms), run_at };
}
