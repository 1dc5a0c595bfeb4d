import { expect, it } from 'vitest';
import { trackPageSchema } from '../../../src/http/wire/track-page.ts';
import { served, type Served } from '../../helpers/served.ts';

const pageOf = async ({ get }: Served, query: string) =>
  trackPageSchema.parse(await (await get(`/echo/tracks${query}`)).json());

it('pages through the tracks, each with the job and the time of its latest result', async () => {
  const daemon = await served();
  for (const track_id of ['b', 'a', 'c/d']) await daemon.run('{"tempo":1}', { track_id });
  const again = await daemon.run('{"tempo":2}', { track_id: 'a' });
  const first = await pageOf(daemon, '?limit=2');
  expect(first.tracks).toMatchObject([
    { track_id: 'a', job_id: again.job_id, source_hash: again.source_hash },
    { track_id: 'b' },
  ]);
  expect(first.tracks.every(({ at }) => at !== null && !Number.isNaN(Date.parse(at)))).toBe(true);
  const second = await pageOf(daemon, `?limit=2&cursor=${first.next ?? ''}`);
  expect(second.tracks.map(({ track_id }) => track_id)).toEqual(['c/d']);
  expect(second.next).toBeNull();
});

it('finds tracks by a part of their id, whatever its case, and goes on behind one that is gone', async () => {
  const daemon = await served();
  for (const track_id of ['Verse 1', 'verse 2', 'chorus']) await daemon.run('{}', { track_id });
  const found = await pageOf(daemon, '?q=VERSE');
  expect(found.tracks.map(({ track_id }) => track_id)).toEqual(['Verse 1', 'verse 2']);
  const behind = await pageOf(daemon, '?cursor=cho');
  expect(behind.tracks.map(({ track_id }) => track_id)).toEqual(['chorus', 'verse 2']);
});
