import type { JobResult } from '../../../core/model/job/job.ts';
import type { TrackStep } from '../../../core/model/entry/pointer.ts';
import type { KnownPointer } from '../../../core/ports/jobs/track-records.ts';
import { handOutId, passId } from '../id-sequence.ts';
import { idMaker } from '../../../support/ascending-ids.ts';
import type { Queue } from '../queue.ts';
import { pointerRecordOf } from '../../rows/rows.ts';
import { noteTrailing } from './pointers-to-follow.ts';

/** Runs within the transaction that ends the job. A job without a track is not in the history. */
export function addToHistory(
  queue: Queue,
  job_id: string,
  track_id: string | null,
  result: JobResult,
  at: string,
): void {
  if (track_id === null) return;
  const { config_hash, source_hash, artifact, manifest, etag } = result;
  queue.db.run(`INSERT ${intoHistory}`, {
    ...{ track_id, job_id, at, config_hash, source_hash, artifact, manifest, etag },
  });
  noteTrailing(queue, job_id, track_id);
}

const intoHistory = `INTO history
    (track_id, job_id, at, config_hash, source_hash, artifact, manifest, etag)
  VALUES (@track_id, @job_id, @at, @config_hash, @source_hash, @artifact, @manifest, @etag)`;

/** Runs in one transaction; see JobStore. */
export async function adopt(queue: Queue, pointers: readonly KnownPointer[]): Promise<void> {
  const makeId = await idMaker();
  await queue.db.write(() => {
    for (const { job_id, ...pointer } of pointers) {
      if (job_id !== null) passId(queue, job_id);
      queue.db.run(`INSERT OR IGNORE ${intoHistory}`, {
        ...pointer,
        job_id: job_id ?? handOutId(queue, makeId),
      });
    }
  });
}

export const forgetTrack = (queue: Queue, track_id: string): Promise<void> =>
  queue.db.write(() => {
    queue.db.run('DELETE FROM history WHERE track_id = ?', [track_id]);
    queue.db.run('DELETE FROM trailing WHERE track_id = ?', [track_id]);
  });

/** Ids ascend in the order of submission, so a job that ends late takes its earlier place. */
export const history = (
  queue: Queue,
  track_id: string,
  limit: number,
): Promise<readonly TrackStep[]> =>
  queue.db.read(() =>
    queue.db
      .all('SELECT * FROM history WHERE track_id = @track_id ORDER BY job_id DESC LIMIT +@limit', {
        track_id,
        limit,
      })
      .map((row) => pointerRecordOf(queue, row)),
  );
