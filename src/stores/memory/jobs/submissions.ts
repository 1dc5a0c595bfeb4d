import type { Job } from '../../../core/model/job/job.ts';
import { birthEvents, born } from '../../../core/ports/jobs/birth.ts';
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
  const { submitter, input } = accepted;
  const job = born(accepted, id, queue.now());
  queue.lastSeq += 1;
  queue.put({
    ...{ job, seq: queue.lastSeq, submitter, epoch: 0, due: null, leaseUntil: 0, failure: null },
    input: job.state === 'done' ? undefined : input,
  });
  for (const event of birthEvents(accepted)) append(queue, id, event);
  if (job.state === 'done') addToHistory(queue, job);
  return job;
}
