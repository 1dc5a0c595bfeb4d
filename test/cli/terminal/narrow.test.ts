import { describe, expect, it } from 'vitest';
import { decisionLine } from '../../../src/cli/terminal/documents/gc.ts';
import { jobTable } from '../../../src/cli/terminal/documents/jobs.ts';
import { historyTable } from '../../../src/cli/terminal/documents/pointers.ts';
import { textWidth } from '../../../src/cli/terminal/text-width.ts';
import { jobOf } from '../../helpers/job-documents.ts';

const styleOf = (width: number) => ({
  colour: false,
  width,
  now: Date.parse('2026-01-01T00:03:00.000Z'),
});
const key = { config_hash: 'c'.repeat(64), source_hash: 's'.repeat(64) };

const failed = jobOf({
  ...key,
  status: 'error',
  track_id: 'a track with a very long name',
  problem: { code: 'runner_failed', hint: '', details: {} },
});
const record = {
  ...key,
  track_id: 'demo',
  job_id: failed.job_id,
  at: '2026-01-01T00:00:00.000Z',
  artifact: 'a.json',
  manifest: 'manifest.json',
  etag: 'e'.repeat(64),
};
const decision = {
  ...key,
  action: 'remove',
  reason: 'no track needs it, older than 30d',
  modified_at: '2025-10-01T00:00:00.000Z',
  bytes: 1200,
} as const;

describe('on a narrow terminal', () => {
  it.each([
    ['jobs', (width: number) => jobTable(styleOf(width), [failed])],
    ['the history of a track', (width: number) => historyTable(styleOf(width), [record])],
    ['a decision about an entry', (width: number) => decisionLine(styleOf(width), decision)],
  ])('%s take one line each', (_, text) => {
    for (const width of [60, 70, 80, 100, 140])
      for (const line of text(width).split('\n'))
        expect(textWidth(line), line).toBeLessThanOrEqual(width);
  });

  it('jobs keep their ids and states, and what failed before when it was', () => {
    expect(jobTable(styleOf(38), [failed]).split('\n')[0]).toMatch(/^JOB +STATUS +TRACK +NOTE/);
    expect(jobTable(styleOf(22), [failed]).split('\n')).toEqual([
      'JOB       STATUS',
      '00000001  error',
    ]);
  });

  it('the history keeps the job and the minute', () => {
    expect(historyTable(styleOf(31), [record]).split('\n')[1]).toBe(
      ' 1  2026-01-01 00:00…  00000001',
    );
  });

  it('the history keeps the whole time on a terminal of 52 columns, and the age on one of 72', () => {
    expect(historyTable(styleOf(52), [record])).toMatch(/ {2}2026-01-01 00:00:00Z {2}00000001/);
    expect(historyTable(styleOf(72), [record])).toMatch(/ 00:00:00Z {2}\(3m ago\) /);
  });

  it('a decision about an entry is whole where nothing says how wide a line may be', () => {
    expect(decisionLine(styleOf(Infinity), decision)).toMatch(/older than 30d {3}c{64}\/s{64}$/);
  });
});
