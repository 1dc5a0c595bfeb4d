import { describe, expect, it } from 'vitest';
import { hintOf } from '../../src/cli/hints.ts';
import { catalogue, isErrorCode } from '../../src/core/model/errors.ts';

const hintFor = (code: keyof typeof catalogue, details = {}) =>
  hintOf({ code, hint: catalogue[code].hint, details });

describe('a hint', () => {
  it('names no flag and no command in the table of errors', () => {
    for (const [code, { hint }] of Object.entries(catalogue))
      expect(hint, code).not.toMatch(/--[a-z]|`cab |: cab /);
  });

  it('names the command to type, and the job where it is known', () => {
    expect(hintFor('pointer_invalid')).toBe('Look with: cab verify');
    expect(hintFor('canceled')).toBe('Submit it again: cab retry JOB');
    expect(hintFor('canceled', { job_id: 'j1' })).toBe('Submit it again: cab retry j1');
    expect(hintFor('runner_failed', { job: 'j1' })).toBe(
      '`cab logs j1` shows what the runner wrote.',
    );
  });

  it('names the flag of the field that the details name', () => {
    const hint = 'Set a token, or say that it may be open to all.';
    expect(hintOf({ code: 'usage', hint, details: { field: 'tokens' } })).toContain('--insecure');
  });

  it('stays where it is more precise, or of a code that is not known', () => {
    expect(hintOf({ code: 'canceled', hint: 'Ask a broker that is open.' })).toBe(
      'Ask a broker that is open.',
    );
    expect(isErrorCode('of_a_later_version')).toBe(false);
    expect(hintOf({ code: 'of_a_later_version', hint: 'Wait.' })).toBe('Wait.');
  });
});
