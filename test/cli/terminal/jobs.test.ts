import { describe, expect, it } from 'vitest';
import {
  countsLine,
  endedLine,
  jobLine,
  jobTable,
  wholeJob,
} from '../../../src/cli/terminal/documents/jobs.ts';
import type { Style } from '../../../src/cli/terminal/style.ts';
import { jobOf } from '../../helpers/job-documents.ts';

const now = Date.parse('2026-01-01T00:03:00.000Z');
const plain: Style = { colour: false, width: Infinity, now };

const failed = jobOf({
  status: 'error',
  result: null,
  error: 'runner x: ended with exit code 3',
  problem: { code: 'runner_failed', hint: 'Look at the log.', details: {} },
  attempts: 3,
});

describe('jobs', () => {
  it('are counted by state', () => {
    const counts = { pending: 2, running: 0, done: 10, error: 1, canceled: 0 };
    expect(countsLine(plain, counts)).toBe('2 pending · 10 done · 1 error');
    const none = { pending: 0, running: 0, done: 0, error: 0, canceled: 0 };
    expect(countsLine(plain, none)).toBe('no jobs');
    expect(countsLine(plain, none, '/root')).toBe('no jobs in /root');
  });

  it('are a table that leaves out what no job has', () => {
    const jobs = [failed, jobOf({ cached: true, track_id: '夜に駆ける' }), jobOf()];
    expect(jobTable(plain, jobs)).toBe(
      [
        'JOB       STATUS  TRACK       SUBMITTED  TOOK  NOTE',
        '00000001  error   demo        3m ago     1.5s  runner_failed',
        '00000001  done    夜に駆ける  3m ago           hit',
        '00000001  done    demo        3m ago     1.5s',
      ].join('\n'),
    );
    expect(jobTable(plain, [jobOf()])).not.toContain('NOTE');
  });

  it('fit the terminal: the track gives way', () => {
    const narrow = { ...plain, width: 43 };
    const lines = jobTable(narrow, [jobOf({ track_id: 'a track with a very long name' })]);
    expect(lines.split('\n')).toEqual([
      'JOB       STATUS  TRACK     SUBMITTED  TOOK',
      '00000001  done    a track…  3m ago     1.5s',
    ]);
  });

  it('say why they wait for another attempt', () => {
    const waiting = jobOf({
      status: 'pending',
      result: null,
      started_at: null,
      finished_at: null,
      run_at: '2026-01-01T00:03:05.000Z',
      problem: { code: 'timeout', hint: '', details: {} },
    });
    expect(jobLine(plain, waiting)).toBe(
      '0190a000-0000-7000-8000-000000000001  pending   demo  attempt 2 of 3 in 5s: timeout',
    );
  });

  it('are one line for scripts when they have ended', () => {
    expect(endedLine(jobOf())).toBe('0190a000-0000-7000-8000-000000000001  done      /root/a.json');
    expect(endedLine(failed)).toBe('0190a000-0000-7000-8000-000000000001  error     runner_failed');
    expect(endedLine(jobOf({ status: 'canceled', result: null }))).toBe(
      '0190a000-0000-7000-8000-000000000001  canceled  -',
    );
  });
});

describe('a job whole', () => {
  it('has its times, its result and what its runner wrote', () => {
    expect(wholeJob(plain, jobOf({ priority: 5, timeout_s: 90 }), 'line 1\nline 2\n')).toBe(
      [
        'job        0190a000-0000-7000-8000-000000000001',
        'status     done',
        'track      demo',
        'key        conf/source',
        'artifact   /root/a.json',
        'manifest   /root/manifest.json',
        `etag       ${'e'.repeat(64)}`,
        'input      /songs/demo.json',
        'runner     historical-echo',
        'run id     run-1',
        'attempts   1 of 3',
        'priority   5',
        'timeout    1m 30s',
        'submitted  2026-01-01 00:00:00Z  (3m ago)',
        'started    2026-01-01 00:00:01Z  (2m ago)',
        'finished   2026-01-01 00:00:02Z  (2m ago)',
        'took       1.5s',
        'log        line 1',
        '           line 2',
      ].join('\n'),
    );
  });

  it('tells attempts beyond those that are allowed, which begin if a worker dies', () => {
    const crashed = jobOf({ attempts: 2, max_attempts: 1 });
    expect(wholeJob(plain, crashed, '')).toContain('attempts   2, with those that were cut short');
  });

  it('has its error, the code and what to do', () => {
    expect(wholeJob(plain, failed, '')).toContain(
      [
        'error      runner x: ended with exit code 3',
        'code       runner_failed',
        'hint       Look at the log.',
      ].join('\n'),
    );
  });

  it('lets nothing from outside drive the terminal', () => {
    const text = wholeJob(plain, jobOf({ track_id: 'a\u001B[2Jb' }), '\u001B[31mred');
    expect(text).not.toContain('\u001B');
  });
});
