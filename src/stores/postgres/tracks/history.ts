import * as z from 'zod/mini';
import type { TrackStep } from '../../../core/model/entry/pointer.ts';
import type { JobResult } from '../../../core/model/job/job.ts';
import type { KnownPointer, TrailingTrack } from '../../../core/ports/jobs/track-records.ts';
import { numberedIds } from '../../../support/ascending-ids.ts';
import { parsed, pointerRecordOf } from '../../rows/rows.ts';
import { columnsOf, shownText, storedText } from '../columns.ts';
import type { Transaction } from '../database/database.ts';
import { afterIds, drawNumbers } from '../transitions/ids.ts';
import type { Queue } from '../queue.ts';

export interface NewResult {
  readonly job_id: string;
  /** A job without a track is not in the history. */
  readonly track_id: string | null;
  readonly result: JobResult;
}

/** Within the transaction that ends the jobs. */
export async function addToHistory(
  turn: Transaction,
  at: string,
  results: readonly NewResult[],
): Promise<void> {
  const steps = results.flatMap(({ job_id, track_id, result }) =>
    track_id === null ? [] : [{ ...result, job_id, track_id, at }],
  );
  if (steps.length === 0) return;
  await turn.query(addSql, valuesOf(steps));
}

const valuesOf = (steps: readonly TrackStep[]): unknown[][] =>
  columnsOf(
    steps,
    ({ track_id }) => storedText(track_id),
    ({ job_id }) => job_id,
    ({ at }) => at,
    ({ config_hash }) => config_hash,
    ({ source_hash }) => source_hash,
    ({ artifact }) => storedText(artifact),
    ({ manifest }) => storedText(manifest),
    ({ etag }) => etag,
  );

const insertSql = `INSERT INTO history
    (track_id, job_id, at, config_hash, source_hash, artifact, manifest, etag)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::text[])`;
const addSql = `WITH noted AS (
    INSERT INTO unfollowed (track_id, job_id) SELECT * FROM unnest($1::text[], $2::text[])
  ) ${insertSql}`;

/** In one transaction; see TrackRecords. */
export async function adopt(queue: Queue, pointers: readonly KnownPointer[]): Promise<void> {
  if (pointers.length === 0) return;
  const idOf = await numberedIds();
  const known = pointers.flatMap(({ job_id }) => job_id ?? []);
  const numbers = await drawNumbers(queue, pointers.length, afterIds(known));
  await queue.db.write(async (turn) => {
    const steps = pointers.map(({ job_id, ...pointer }, at) => ({
      ...pointer,
      job_id: job_id ?? idOf(numbers[at] ?? 0),
    }));
    await turn.query(`${insertSql} ON CONFLICT DO NOTHING`, valuesOf(steps));
  });
}

export const forgetTrack = ({ db }: Queue, track_id: string): Promise<void> =>
  db.write(async (turn) => {
    const values = [storedText(track_id)];
    await turn.query('DELETE FROM history WHERE track_id = $1', values);
    await turn.query('DELETE FROM unfollowed WHERE track_id = $1', values);
  });

/** Ids ascend in the order of submission, so a job that ends late takes its earlier place. */
export async function history(
  queue: Queue,
  track_id: string,
  limit: number,
): Promise<readonly TrackStep[]> {
  const rows = await queue.db.run(historySql, [storedText(track_id), limit]);
  return rows.map((row) => {
    const step = pointerRecordOf(queue, row);
    const { artifact, manifest } = step;
    return { ...step, track_id, artifact: shownText(artifact), manifest: shownText(manifest) };
  });
}

const historySql = 'SELECT * FROM history WHERE track_id = $1 ORDER BY job_id DESC LIMIT $2';

/** Jobs in the history whose track's pointer has not been checked since. What a dead process leaves here, the next one checks. */
export async function trailing(queue: Queue): Promise<readonly TrailingTrack[]> {
  const rows = await queue.db.run('SELECT job_id, track_id FROM unfollowed ORDER BY job_id');
  return parsed(queue, trailingRows, rows).map(({ job_id, track_id }) => ({
    job_id,
    track_id: shownText(track_id),
  }));
}

const trailingRows = z.array(z.object({ job_id: z.string(), track_id: z.string() }));
