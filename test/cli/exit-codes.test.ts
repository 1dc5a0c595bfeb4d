import { describe, expect, it } from 'vitest';
import { exitCodeOf, exitCodes } from '../../src/cli/exit-codes.ts';
import { catalogue, isErrorCode } from '../../src/core/model/errors.ts';

describe('exit codes', () => {
  it.each([
    ['usage', 2],
    ['axes_missing', 2],
    ['not_found', 3],
    ['queue_busy', 4],
    ['wait_timeout', 5],
    ['hash_mismatch', 6],
    ['runner_failed', 1],
    ['internal', 1],
  ] as const)('of %s is %d', (code, exit) => expect(exitCodeOf(code)).toBe(exit));

  it('cover every error, with a text for people', () => {
    for (const code of Object.keys(catalogue).filter(isErrorCode))
      expect(exitCodes[exitCodeOf(code)]).toMatch(/\w/);
  });
});
