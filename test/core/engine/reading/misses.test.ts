import { expect, it } from 'vitest';
import { missesOf } from '../../../../src/core/engine/reading/misses.ts';
import type { JobOutline } from '../../../../src/core/model/job/job-outline.ts';

const outline = (key: string, more: Partial<JobOutline> = {}): JobOutline => {
  const [config_hash = '', source_hash = ''] = key.split('/');
  const at = '2026-11-22T19:58:28.000Z';
  return {
    ...{ id: key, state: 'done', key: { config_hash, source_hash }, track_id: null, runner: 'r' },
    ...{ input_path: '/a', force: false, cached: false },
    ...{ submitted_at: at, started_at: at, finished_at: at },
    ...more,
  };
};

const none = { forced: 0, new_input: 0, new_configuration: 0, failed_before: 0, entry_gone: 0 };

it.each([
  ['an input that was not there before', [outline('c/s')], { new_input: 1 }],
  [
    'another configuration of a known input',
    [outline('c/s'), outline('d/s')],
    { new_input: 1, new_configuration: 1 },
  ],
  ['an entry that is gone', [outline('c/s'), outline('c/s')], { new_input: 1, entry_gone: 1 }],
  [
    'a job that failed, and one that was done after all',
    [outline('c/s', { state: 'error' }), outline('c/s'), outline('c/s', { state: 'error' })],
    { new_input: 1, failed_before: 1, entry_gone: 1 },
  ],
  [
    'a job that was told to run',
    [outline('c/s'), outline('c/s', { force: true })],
    { new_input: 1, forced: 1 },
  ],
  [
    'no hit and no refusal, which are known work all the same',
    [
      outline('c/s', { cached: true }),
      outline('c/t', { state: 'error', started_at: null }),
      outline('d/t'),
    ],
    { new_configuration: 1 },
  ],
])('counts %s', (_, jobs, counts) => {
  expect(missesOf(jobs)).toEqual({ ...none, ...counts });
});
