import type { MovedJob, Taken } from '../../../core/ports/jobs/job-transfer.ts';
import { append } from './events.ts';
import { copyOf, type MemoryQueue } from './memory-queue.ts';

/** Takes jobs of another job store over; see JobTransfer. */
export function take(queue: MemoryQueue, jobs: readonly MovedJob[]): readonly Taken[] {
  const last = [...queue.all()].at(-1)?.job.id ?? '';
  return jobs.map((moved) => takeOne(queue, moved, last));
}

function takeOne(queue: MemoryQueue, { job, events, input }: MovedJob, last: string): Taken {
  if (job.id <= last) return queue.get(job.id) === undefined ? 'late' : 'there';
  queue.lastSeq += 1;
  queue.put({
    ...{ job: { ...job, spec: copyOf(job.spec) }, seq: queue.lastSeq, submitter: null },
    ...{ epoch: 0, due: null, leaseUntil: 0 },
    failure: job.state === 'pending' ? job.failure : null,
    input: job.state === 'done' ? undefined : input,
  });
  for (const event of events) append(queue, job.id, event, event.at);
  queue.passId(job.id);
  return 'taken';
}
