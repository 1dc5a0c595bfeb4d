/** What results and inputs the queue still knows, for garbage collection. */
import * as z from 'zod/mini';
import type { TrackResult } from '../../../core/ports/jobs/retention.ts';
import { keptOf, keptRow } from '../../rows/reliance-row.ts';
import { parsed } from '../../rows/rows.ts';
import { rowsAtATime } from '../../rows/sweep.ts';
import { resultRow, resultsOfTracks } from '../../rows/track-places.ts';
import { shownText } from '../columns.ts';
import type { Queue } from '../queue.ts';

/** Reads backwards through the primary key: the latest of a track comes first. */
const resultsSql = (condition: string): string =>
  `SELECT track_id, job_id, at, config_hash, source_hash FROM history ${condition}
    ORDER BY track_id DESC, job_id DESC LIMIT ${rowsAtATime}`;
const firstSql = resultsSql('');
const nextSql = resultsSql('WHERE (track_id, job_id) < ($1, $2)');

export async function* trackResults(
  queue: Queue,
  keepLast: number,
): AsyncIterable<readonly TrackResult[]> {
  const ranked = resultsOfTracks(keepLast, async (last) => {
    const found =
      last === undefined
        ? await queue.db.run(firstSql)
        : await queue.db.run(nextSql, [last.track_id, last.job_id]);
    return parsed(queue, z.array(resultRow), found);
  });
  for await (const results of ranked)
    yield results.map((result) => ({ ...result, track_id: shownText(result.track_id) }));
}

const inputsSql = `SELECT seq, kept_input AS input, kept_database AS database FROM jobs
  WHERE state <> 'done' AND (kept_input IS NOT NULL OR kept_database IS NOT NULL) AND seq > $1
  ORDER BY seq LIMIT ${rowsAtATime}`;

/** Inputs of done jobs are not in use, because nothing runs those jobs again. */
export async function* inputsInUse(queue: Queue): AsyncIterable<readonly string[]> {
  for (let after = 0; ;) {
    const rows = parsed(queue, z.array(keptRow), await queue.db.run(inputsSql, [after]));
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.flatMap(keptOf).map(shownText);
    after = last.seq;
  }
}
