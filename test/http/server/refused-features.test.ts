import { expect, it } from 'vitest';
import { historicalEchoRunner } from '../../../src/runners/historical-echo/runner.ts';
import { served } from '../../helpers/served.ts';

it('calls input that a runner refuses by the field that it came in', async () => {
  const { post } = await served(
    {},
    { runner: 'historical-echo', resolveRunner: () => historicalEchoRunner() },
  );
  const answer = await post(
    '/echo/jobs',
    { features: { tempo: 120 } },
    { prefer: 'handling=strict' },
  );
  expect(await answer.json()).toMatchObject({
    error: 'axes_missing',
    detail: expect.stringMatching(/^features: no number for energy/) as unknown,
    details: { file: 'features' },
  });
});
