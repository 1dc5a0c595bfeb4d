import { expect, it } from 'vitest';
import { jobSchema } from '../../../src/http/wire/job-answer.ts';
import { digestBody } from '../../../src/http/wire/submission-body.ts';
import { served } from '../../helpers/served.ts';

it('gives large bodies alone to those who read them elsewhere, and takes both alike', async () => {
  const read: number[] = [];
  const { post, broker, runner } = await served({
    readBody: async (body, unknown) => {
      read.push(body.length);
      return digestBody(body, unknown);
    },
  });
  const around = (length: number): string =>
    JSON.stringify({ features: 'x'.repeat(length - '{"features":""}'.length) });
  const largest = 64 << 10;
  for (const length of [30, largest, largest + 1]) {
    const answer = await post('/echo/jobs', around(length), { prefer: 'wait=30' });
    const { job_id } = jobSchema.parse(await answer.json());
    expect(await broker.job(job_id)).toMatchObject({ status: 'done' });
  }
  expect(read).toEqual([largest + 1]);
  expect(runner.seen.map(({ length }) => length)).toEqual(
    [30, largest, largest + 1].map((length) => length - '{"features":}'.length),
  );
});
