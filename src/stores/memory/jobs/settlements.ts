import type { CanceledJob, Job, RunningJob } from '../../../core/model/job/job.ts';
import { canceled, endingEvent, unlessCanceled } from '../../../core/ports/jobs/endings.ts';
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
  leave(queue, held, unlessCanceled(settlement, held.job.cancel_requested));
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
  append(queue, job.id, endingEvent(canceled, job.attempts));
}

/** Takes a running job out of its state, and appends the event for that. */
export function leave(queue: MemoryQueue, held: Held, settlement: Settlement): void {
  const job = baseOf(held.job);
  const ended = { ...job, started_at: held.job.started_at, finished_at: queue.now() };
  const moved = (next: Job, more: Partial<StoredJob> = {}): void => {
    queue.put({ ...held, due: null, ...more, job: next });
    append(queue, next.id, endingEvent(settlement, job.attempts));
  };
  switch (settlement.state) {
    case 'done': {
      const { result, cached } = settlement;
      const done = { ...ended, state: 'done', result: { ...result }, cached } as const;
      moved(done, { input: undefined });
      addToHistory(queue, done);
      return;
    }
    case 'error':
      moved({ ...ended, state: 'error', failure: settlement.failure });
      return;
    case 'canceled':
      moved({ ...ended, state: 'canceled' });
      return;
    case 'retry': {
      const { failure, delay_ms, isOutside = false } = settlement;
      const crashes = job.crashes + (isOutside ? 1 : 0);
      const { due, run_at } = dueIn(queue, delay_ms);
      const next = { ...job, crashes, state: 'pending', run_at, failure } as const;
      moved(next, { due });
      return;
    }
    case 'release': {
      const { failure } = held;
      moved({ ...job, state: 'pending', attempts: job.attempts - 1, run_at: null, failure });
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
