import { describe, expect, it } from 'vitest';
import { CabError, catalogue, isErrorCode } from '../../../src/core/model/errors.ts';
import { errorOf, problemOf } from '../../../src/http/wire/error-codec.ts';

const codes = Object.keys(catalogue).filter(isErrorCode);
const here = 'the daemon at http://127.0.0.1:8099';

describe('a failure on the wire', () => {
  it.each(codes)('comes back as it was: %s', (code) => {
    const details = { field: 'probe.top_k', limits: [1, 10_000] };
    const error = new CabError(code, 'probe.top_k: expected a whole number', {
      hint: 'Try 5.',
      details,
    });
    const problem = problemOf(error);
    const back = errorOf(problem.status, JSON.stringify(problem), here);
    expect(back).toBeInstanceOf(CabError);
    expect(back).toMatchObject({
      code,
      message: error.message,
      hint: 'Try 5.',
      details,
      kind: error.kind,
    });
  });

  it('is a problem document', () => {
    expect(
      problemOf(new CabError('queue_full', '9 jobs wait', { details: { pending: 9 } })),
    ).toEqual({
      error: 'queue_full',
      title: 'Queue full',
      status: 429,
      detail: '9 jobs wait',
      hint: catalogue.queue_full.hint,
      details: { pending: 9 },
    });
  });

  it.each([
    [404, 'not_found'],
    [422, 'invalid_request'],
    [429, 'daemon_unreachable'],
    [503, 'daemon_unreachable'],
    [500, 'answer_invalid'],
  ])('of a newer daemon, with status %d, is %s, and keeps its own code', (status, code) => {
    const problem = { error: 'of_tomorrow', title: 'Of tomorrow', status, detail: 'no moon' };
    expect(errorOf(status, JSON.stringify(problem), here)).toMatchObject({
      code,
      message: 'no moon',
      details: { error: 'of_tomorrow', status },
    });
  });

  it.each(['<html>Bad gateway</html>', '', '{"error":502}', 'null'])(
    "that is none of cab's is told as such: %s",
    (body) => {
      expect(errorOf(502, body, here)).toMatchObject({
        code: 'answer_invalid',
        message: expect.stringContaining(here) as string,
        details: { status: 502, body },
      });
    },
  );
});
