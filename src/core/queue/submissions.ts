import type { Job } from '../model/job.ts';
import { append, doneData } from './events.ts';
import { addToHistory } from './history.ts';
import { idMaker, type IdMaker } from './ids.ts';
import type { NewJob } from './job-store.ts';
import { wallTime, type Queue } from './queue.ts';
import { jobOf, ownerText } from './rows.ts';

/** All in one transaction, and so one wait for the disk. */
export async function submit(queue: Queue, jobs: readonly NewJob[]): Promise<readonly Job[]> {
  if (jobs.length === 0) return [];
  const makeId = await idMaker();
  return queue.db.write(() => {
    const ids = handOutIds(queue, jobs.length, makeId);
    return jobs.map((job, index) => accept(queue, job, ids[index] ?? ''));
  });
}

/** The last id stands in a row of its own: it must outlive the job, which a collection may remove. */
function handOutIds(queue: Queue, count: number, makeId: IdMaker): string[] {
  const { db, clock } = queue;
  const stored = db.value(`SELECT value FROM meta WHERE name = 'last_id'`);
  let last = typeof stored === 'string' ? stored : undefined;
  const now = clock.now().getTime();
  const ids = Array.from({ length: count }, () => (last = makeId(last, now)));
  db.run(`INSERT OR REPLACE INTO meta (name, value) VALUES ('last_id', @last)`, {
    last: last ?? null,
  });
  return ids;
}

function accept(
  queue: Queue,
  { spec, priority, max_attempts, submitter, hit }: NewJob,
  id: string,
) {
  const now = wallTime(queue);
  const row = queue.db.get(insertSql, {
    id,
    state: hit === null ? 'pending' : 'done',
    config_hash: spec.key.config_hash,
    source_hash: spec.key.source_hash,
    track_id: spec.track_id,
    object: objectOf(spec.runner),
    submitter: submitter && ownerText(submitter),
    priority,
    max_attempts,
    submitted_at: now,
    finished_at: hit && now,
    cached: hit === null ? 0 : 1,
    result: hit && JSON.stringify(hit),
    spec: JSON.stringify(spec),
  });
  append(queue, id, {
    type: 'submitted',
    attempt: 0,
    data: { track_id: spec.track_id, priority, runner: spec.runner },
  });
  if (hit !== null) {
    append(queue, id, { type: 'done', attempt: 0, data: doneData(hit, true) });
    addToHistory(queue, id, spec.track_id, hit, now);
  }
  return jobOf(queue, row);
}

const insertSql = `INSERT INTO jobs (id, state, config_hash, source_hash, track_id, object, submitter,
    priority, max_attempts, submitted_at, finished_at, cached, result, spec)
  VALUES (@id, @state, @config_hash, @source_hash, @track_id, @object, @submitter,
    @priority, @max_attempts, @submitted_at, @finished_at, @cached, @result, @spec)
  RETURNING *`;

const objectPrefix = 'object:';

/** The name of an embedded runner, which only the processes that hold it can run. */
const objectOf = (runner: string): string | null =>
  runner.startsWith(objectPrefix) ? runner.slice(objectPrefix.length) : null;
