import { expect, it } from 'vitest';
import { searchJobs } from '../../../../src/core/engine/reading/job-search.ts';
import { outlinesInPieces } from '../../../../src/core/publication/outlines.ts';
import { facetCounts } from '../../../../src/core/engine/reading/facet-counts.ts';
import { LoopTurns } from '../../../../src/support/loop-turns.ts';
import { newJob } from '../../../helpers/jobs.ts';
import { memoryQueue } from '../../../helpers/memory-queue.ts';

async function queueOf(count: number) {
  const queue = await memoryQueue();
  const jobs = await queue.first.submit(
    Array.from({ length: count }, (_, n) =>
      newJob(`${n}`, { spec: { track_id: `track ${n % 1200}` } }),
    ),
  );
  return { store: queue.second, ids: jobs.map(({ id }) => id).reverse() };
}

it('ends a search after so many jobs, and goes on behind the last that it looked at', async () => {
  const { store, ids } = await queueOf(700);
  const rare = new Set([ids[299], ids[699]]);
  const search = (before?: string) =>
    searchJobs(
      outlinesInPieces(store, before === undefined ? {} : { before }, new LoopTurns()),
      ({ id }) => rare.has(id),
      { limit: 5, most: 280 },
    );
  const first = await search();
  expect(first).toEqual({ ids: [], next: ids[279] });
  const second = await search(first.next ?? '');
  expect(second).toEqual({ ids: [ids[299]], next: ids[559] });
  expect(await search(second.next ?? '')).toEqual({ ids: [ids[699]], next: null });
});

it('lets others have their turn between two pieces', async () => {
  const { store } = await queueOf(600);
  const turns = new LoopTurns();
  let others = 0;
  const pieces: number[] = [];
  for await (const outlines of outlinesInPieces(store, {}, turns)) {
    pieces.push(outlines.length);
    setImmediate(() => (others += 1));
    expect(others).toBe(pieces.length - 1);
  }
  expect(pieces).toEqual([256, 256, 88]);
});

it('says so where it lists not all tracks', async () => {
  const { store } = await queueOf(1300);
  const { tracks, whole, searched } = await facetCounts(store, {}, new LoopTurns());
  expect(searched).toBe(1300);
  expect(whole).toBe(false);
  expect(tracks).toHaveLength(1000);
  expect(tracks[0]).toMatchObject({ jobs: 2 });
});
