import { describe, expect, it } from 'vitest';
import { logEntrySchema, logLine } from '../../../src/cli/terminal/log-line.ts';
import type { Style } from '../../../src/cli/terminal/style.ts';

const plain: Style = { colour: false, width: 80, now: 0 };

/** As pino writes it: with the process in every line. */
const lineOf = (level: number, msg: string, facts: object): string =>
  logLine(
    plain,
    logEntrySchema.parse({ time: 0, level, pid: 7, hostname: 'box', name: 'cab', msg, ...facts }),
  ).replace(/^\d\d:\d\d:\d\d {2}/, '');

const info = 30;
const warning = 40;
const error = 50;

describe('a line of the log in a terminal', () => {
  it('has requests and jobs in the same columns', () => {
    const request = { request_id: 'x', method: 'GET', url: '/echo/jobs', status: 200, ms: 1.523 };
    const job = { job: 'j1', track: 'demo', outcome: 'done', ms: 1230 };
    expect(lineOf(info, 'request', request)).toBe('200           2ms  GET /echo/jobs');
    expect(lineOf(info, 'job done', job)).toBe('done         1.2s  job j1  demo');
    expect(lineOf(info, 'job done', { ...job, track: null })).toBe('done         1.2s  job j1');
  });

  it('says why a job failed, and what to do', () => {
    const facts = { job: 'j1', track: null, outcome: 'error', ms: 5 };
    expect(lineOf(warning, 'job error', { ...facts, reason: 'a: one\ntwo', hint: 'Look.' })).toBe(
      [
        'error         5ms  job j1',
        '          a: one',
        '          two',
        '          hint: Look.',
      ].join('\n'),
    );
  });

  it('tells facts that the message does not, and nothing of the process', () => {
    const facts = { path: '/in/a.json', removed: 3, notes: ['x'] };
    expect(lineOf(info, 'submitted: /in/a.json', facts)).toBe(
      'submitted: /in/a.json  removed=3  notes=["x"]',
    );
    const wordless = logEntrySchema.parse({ time: 0, level: info, pid: 7, path: '/in' });
    expect(logLine(plain, wordless)).toMatch(/^\S+ +path=\/in$/);
  });

  it('gives errors of the catalogue with their hint, others with their stack', () => {
    const known = {
      message: 'the disk is full',
      stack: 'at x',
      code: 'no_space',
      hint: 'Free it.',
    };
    expect(lineOf(error, 'not collected', { err: known })).toBe(
      [
        'error: not collected',
        '          no_space: the disk is full',
        '          hint: Free it.',
      ].join('\n'),
    );
    const unknown = {
      type: 'TypeError',
      message: 'x is null',
      stack: 'TypeError: x is null\n at y',
    };
    expect(lineOf(warning, 'odd', { err: unknown })).toBe(
      'warning: odd\n          TypeError: x is null\n           at y',
    );
    expect(lineOf(warning, 'too many files', { hint: 'Poll.' })).toBe(
      'warning: too many files\n          hint: Poll.',
    );
  });

  it('lets nothing that comes from outside drive the terminal', () => {
    const hostile = '\u001B[2J\nGET /';
    const request = { method: 'GET', url: hostile, status: 404, ms: 1 };
    const job = { job: 'j', track: hostile, outcome: 'error', ms: 1, reason: hostile };
    const lines = [
      lineOf(info, 'request', request),
      lineOf(info, 'job error', job),
      lineOf(info, hostile, { path: hostile }),
    ];
    for (const line of lines) {
      expect(line).not.toContain('\u001B');
      expect(line).not.toContain('\nGET');
    }
  });
});
