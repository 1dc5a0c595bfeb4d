import type { Job, JobState } from '../../core/model/job/job.ts';
import { objectOf } from '../../core/model/runner/runner-object.ts';
import { doneData, failureData, submittedData } from '../../core/model/job/job-event.ts';
import { append } from './events.ts';
import { addToHistory } from './tracks/history.ts';
import { handOutId } from './id-sequence.ts';
import { idMaker } from '../../support/ascending-ids.ts';
import { addInput } from './inputs.ts';
import type { NewJob } from '../../core/ports/jobs/job-queue.ts';
import { refuseCondemned } from './retention/refuse-condemned.ts';
import { wallTime, type Queue } from './queue.ts';
import { ownerText } from './rows.ts';
import { resultText, specText } from './job-row.ts';

/** Accepts all jobs in one transaction, and so waits for the disk once. @throws NoLongerThere */
export async function submit(queue: Queue, jobs: readonly NewJob[]): Promise<readonly Job[]> {
  if (jobs.length === 0) return [];
  const makeId = await idMaker();
  return queue.db.write(() => {
    refuseCondemned(queue, jobs);
    return jobs.map((job) => accept(queue, job, handOutId(queue, makeId)));
  });
}

function accept(
  queue: Queue,
  { spec, priority, max_attempts, submitter, hit, refusal, input }: NewJob,
  id: string,
): Job {
  const now = wallTime(queue);
  const state = stateOf(hit !== null, refusal !== undefined);
  const isPending = state === 'pending';
  const seq = queue.db.insert(insertSql, [
    id,
    state,
    spec.key.config_hash,
    spec.key.source_hash,
    spec.track_id,
    objectOf(spec.runner),
    isPending && submitter !== null ? ownerText(submitter) : null,
    priority,
    max_attempts,
    now,
    isPending ? null : now,
    hit === null ? 0 : 1,
    hit && resultText(hit, spec.key),
    refusal === undefined ? null : JSON.stringify(refusal),
    specText(spec),
    spec.kind ?? null,
  ]);
  append(queue, seq, {
    type: 'submitted',
    attempt: 0,
    data: submittedData(spec, priority),
  });
  if (input !== undefined) addInput(queue, seq, input);
  const job = { id, spec, priority, attempts: 0, max_attempts, crashes: 0, submitted_at: now };
  if (refusal !== undefined) {
    append(queue, seq, { type: 'failed', attempt: 0, data: failureData(refusal) });
    return { ...job, state: 'error', started_at: null, finished_at: now, failure: refusal };
  }
  if (hit === null) return { ...job, state: 'pending', run_at: null, failure: null };
  append(queue, seq, { type: 'done', attempt: 0, data: doneData(hit, true) });
  addToHistory(queue, id, spec.track_id, hit, now);
  return { ...job, state: 'done', started_at: null, finished_at: now, result: hit, cached: true };
}

const insertSql = `INSERT INTO jobs (id, state, config_hash, source_hash, track_id, object, submitter,
    priority, max_attempts, submitted_at, finished_at, cached, result, failure, spec, kind)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

function stateOf(isHit: boolean, isRefused: boolean): JobState {
  if (isRefused) return 'error';
  return isHit ? 'done' : 'pending';
}
