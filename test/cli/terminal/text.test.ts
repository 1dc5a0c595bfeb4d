import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/core/model/job/explanation.ts';
import { explanationText } from '../../../src/cli/terminal/documents/explanation.ts';
import { findingsText } from '../../../src/cli/terminal/documents/findings.ts';
import { historyTable, trackTable } from '../../../src/cli/terminal/documents/pointers.ts';
import { problemText } from '../../../src/cli/terminal/problem.ts';
import { progressText } from '../../../src/cli/terminal/progress.ts';
import { settingsTable } from '../../../src/cli/terminal/documents/settings.ts';
import { importText } from '../../../src/cli/terminal/documents/spine-import.ts';
import { paint, type Style } from '../../../src/cli/terminal/style.ts';
import { oneLine, textWidth, truncated } from '../../../src/cli/terminal/text-width.ts';
import { duration, relative } from '../../../src/cli/terminal/time.ts';

const now = Date.parse('2026-01-01T00:00:00.000Z');
const plain: Style = { colour: false, width: Infinity, now };
const pointer = {
  track_id: 'demo',
  config_hash: 'conf',
  source_hash: 'source',
  artifact: 'a.json',
  manifest: 'manifest.json',
  etag: '0123456789abcdef'.repeat(4),
};

describe('an error', () => {
  it('is what went wrong and what to do', () => {
    expect(problemText(plain, { message: 'it broke', hint: 'mend it' })).toBe(
      'error: it broke\n  hint: mend it',
    );
    expect(problemText(plain, { message: 'first\nsecond', hint: '' })).toBe(
      'error: first\n       second',
    );
  });

  it('names the input unless the message does', () => {
    expect(problemText(plain, { about: 'a.json', message: 'it broke' })).toBe(
      'error: a.json: it broke',
    );
    expect(problemText(plain, { about: 'a.json', message: '/x/a.json is empty' })).toBe(
      'error: /x/a.json is empty',
    );
  });

  it('is coloured only where colour is wanted', () => {
    expect(problemText({ ...plain, colour: true }, { message: 'x' })).toBe(
      '\u001B[31merror:\u001B[39m x',
    );
    expect(paint(plain, 'red', 'x')).toBe('x');
  });
});

describe('progress', () => {
  it('has a bar, a count, a rate and the time left', () => {
    expect(progressText({ done: 0, failed: 0, total: 40, elapsed: 0 })).toBe(
      '░░░░░░░░░░░░░░░░░░░░░░░░  0/40',
    );
    expect(progressText({ done: 10, failed: 2, total: 40, elapsed: 5000 })).toBe(
      '██████░░░░░░░░░░░░░░░░░░  10/40  2.0/s  15s left  2 failed',
    );
    expect(progressText({ done: 40, failed: 0, total: 40, elapsed: 1000 })).toBe(
      '████████████████████████  40/40  40/s',
    );
    expect(progressText({ done: 50, failed: 0, total: 100, elapsed: 9000, unit: 'percent' })).toBe(
      '████████████░░░░░░░░░░░░  50%  9s left',
    );
  });
});

describe('times', () => {
  it.each([
    [0, '0ms'],
    [850, '850ms'],
    [4250, '4.2s'],
    [5000, '5s'],
    [185_000, '3m 05s'],
    [7_800_000, '2h 10m'],
    [273_600_000, '3d 4h'],
  ])('%d ms are %s', (ms, text) => expect(duration(ms)).toBe(text));

  it.each([
    ['2026-01-01T00:00:00.500Z', 'just now'],
    ['2025-12-31T23:59:55.000Z', '5s ago'],
    ['2025-12-31T21:00:00.000Z', '3h ago'],
    ['2025-12-01T00:00:00.000Z', '31d ago'],
    ['2026-01-01T00:00:10.000Z', 'in 10s'],
  ])('%s is %s', (instant, text) => expect(relative(instant, now)).toBe(text));
});

describe('the width of a text', () => {
  it.each([
    ['abc', 3],
    ['夜に駆ける', 10],
    ['é', 1],
    ['e\u0301', 1],
    ['👨‍👩‍👧', 2],
    ['✔', 1],
  ])('%s takes %d columns', (text, width) => expect(textWidth(text)).toBe(width));

  it('is kept by an ellipsis, never in the middle of a character', () => {
    expect(truncated('夜に駆ける', 6)).toBe('夜に…');
    expect(truncated('abcdef', 6)).toBe('abcdef');
    expect(truncated('abcdefg', 6)).toBe('abcde…');
  });

  it('is that of one line', () => expect(oneLine('a\n\tb\u202Ec')).toBe('a b c'));
});

describe('tables', () => {
  it('show tracks and their history', () => {
    expect(trackTable(plain, [pointer])).toBe(
      'TRACK  ETAG          KEY\ndemo   0123456789ab  conf/source',
    );
    const record = { ...pointer, job_id: 'job-1', at: '2025-12-31T23:59:00.000Z' };
    expect(historyTable(plain, [record])).toBe(
      [
        'AT  WHEN                            ETAG          JOB    KEY',
        ' 1  2025-12-31 23:59:00Z  (1m ago)  0123456789ab  job-1  conf/source',
      ].join('\n'),
    );
  });

  it('show settings and their sources', () => {
    const rows = [
      { key: 'db', value: undefined, source: 'default' },
      { key: 'probe', value: { top_k: 5 }, source: '--probe' },
    ];
    expect(settingsTable(plain, rows)).toBe(
      'SETTING  VALUE        FROM\ndb       -            default\nprobe    {"top_k":5}  --probe',
    );
  });
});

describe('an explanation', () => {
  const key = { config_hash: 'conf', source_hash: 'source' };

  it('of a hit shows the key and its material', () => {
    const hit = {
      hit: true,
      key,
      entry: null,
      upstream: null,
      config: { probe: {} },
      closest: null,
      older: null,
      partial: false,
    };
    expect(explanationText(plain, hit)).toBe(
      [
        'hit  the result stands already; nothing would be run',
        'key  conf/source',
        '',
        'config hash, made of',
        '  {',
        '    "probe": {}',
        '  }',
      ].join('\n'),
    );
  });

  it('of a miss shows what differs in the closest entry', () => {
    const differences = [
      { field: 'probe.top_k', wanted: 20, found: 10 },
      { field: 'db_hash', wanted: 'abc', found: undefined },
    ];
    const closest = { key: { ...key, config_hash: 'near' }, differences };
    const miss = {
      hit: false,
      key,
      entry: null,
      upstream: null,
      config: null,
      closest,
      older: null,
      partial: false,
    };
    expect(explanationText(plain, miss)).toBe(
      [
        'miss  the runner would run',
        'key   conf/source',
        '',
        'The config hash was given, not computed.',
        '',
        'Closest entry of this input: near/source',
        '  FIELD        WANTED  FOUND',
        '  probe.top_k  20      10',
        '  db_hash      "abc"   (none)',
      ].join('\n'),
    );
  });

  it('of a miss says where the root has more entries than the search looked at', () => {
    const closest = { key, differences: [] };
    const miss = { hit: false, key, entry: null, upstream: null, config: null, older: null };
    const last = (more: Pick<Explanation, 'closest' | 'partial'>) =>
      explanationText(plain, { ...miss, ...more })
        .split('\n')
        .at(-1);
    expect(last({ closest, partial: true })).toBe(
      'The root has more entries than were looked at; a closer one may be there.',
    );
    expect(last({ closest, partial: false })).toBe('No field is known to differ.');
    expect(last({ closest: null, partial: true })).toBe(
      'No other entry of this input was found; the root has more entries than were looked at.',
    );
    expect(last({ closest: null, partial: false })).toBe('No other entry of this input.');
  });
});

describe('findings', () => {
  it('say what to do under what is wrong', () => {
    const text = findingsText(plain, [
      { check: 'node', state: 'ok', message: '20.19.0' },
      { check: 'python', state: 'warning', message: 'is not there', hint: 'Install it.' },
    ]);
    expect(text).toBe('✔ node    20.19.0\n! python  is not there\n          Install it.');
  });
});

describe('an import', () => {
  it('counts the songs and names the rows that were left out', () => {
    const report = {
      table: 'songs',
      rows: 5,
      imported: 1,
      duplicates: 0,
      badCount: 3,
      bad: [{ line: 4, reason: 'no year' }],
    };
    expect(importText('x.db', report)).toBe(
      'x.db: 1 song in songs\n3 rows left out:\n  line 4: no year\n  and 2 more',
    );
  });
});
