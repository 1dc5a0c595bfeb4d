import type { Job } from '../../../core/model/job/job.ts';
import { doneData, failureData, submittedData } from '../../../core/model/job/job-event.ts';
import type { NewJob } from '../../../core/ports/jobs/job-queue.ts';
import { idMaker } from '../../../support/ascending-ids.ts';
import { refuseCondemned } from './condemnations.ts';
import { append } from './events.ts';
import { addToHistory } from './history.ts';
import { copyOf, type MemoryQueue } from './memory-queue.ts';

/** @throws NoLongerThere */
export async function submit(queue: MemoryQueue, jobs: readonly NewJob[]): Promise<readonly Job[]> {
  const makeId = await idMaker();
  for (const job of jobs) refuseCondemned(queue, job);
  const copies = jobs.map((job) => ({ ...job, spec: copyOf(job.spec) }));
  return copies.map((job) => accept(queue, job, queue.handOutId(makeId)));
}

function accept(queue: MemoryQueue, accepted: NewJob, id: string): Job {
  const { spec, priority, submitter, input } = accepted;
  const job = born(accepted, id, queue.now());
  queue.lastSeq += 1;
  queue.put({
    ...{ job, seq: queue.lastSeq, submitter, epoch: 0, due: null, leaseUntil: 0, failure: null },
    input: job.state === 'done' ? undefined : input,
  });
  append(queue, id, { type: 'submitted', attempt: 0, data: submittedData(spec, priority) });
  if (job.state === 'error')
    append(queue, id, { type: 'failed', attempt: 0, data: failureData(job.failure) });
  if (job.state === 'done') {
    append(queue, id, { type: 'done', attempt: 0, data: doneData(job.result, true) });
    addToHistory(queue, job);
  }
  return job;
}

function born(
  { spec, priority, max_attempts, hit, refusal }: NewJob,
  id: string,
  now: string,
): Job {
  const job = { id, spec, priority, attempts: 0, max_attempts, crashes: 0, submitted_at: now };
  const ended = { started_at: null, finished_at: now };
  if (refusal !== undefined) return { ...job, ...ended, state: 'error', failure: refusal };
  if (hit !== null) return { ...job, ...ended, state: 'done', result: hit, cached: true };
  return { ...job, state: 'pending', run_at: null, failure: null };
}
