import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { historicalEchoRunner } from '../../../src/runners/historical-echo/runner.ts';
import { callFor, quietContext } from './calls.ts';
import { recordedProbes, recordedSpine, temporaryFolder } from './spines.ts';

const recordedSchema = z.object({
  name: z.string(),
  features: z.string(),
  probe: z.record(z.string(), z.json()),
  source_hash: z.string(),
  artifact: z.optional(z.record(z.string(), z.json())),
  error: z.optional(z.string()),
});

const folder = temporaryFolder();
const db_path = recordedSpine(folder);
const runner = historicalEchoRunner();
afterAll(() => runner.close());

/** A song under the name that the recorded track ids were made from. */
function featuresFile(name: string, text: string): string {
  const own = join(folder, name);
  mkdirSync(own);
  const path = join(own, 'song.json');
  writeFileSync(path, text);
  return path;
}

const recorded = recordedProbes().map((line) => recordedSchema.parse(line));
const answered = recorded.filter(({ artifact }) => artifact !== undefined);
const refused = recorded.filter(({ error }) => error !== undefined);

describe('a probe gives what was recorded', () => {
  it.each(answered)('$name', async ({ name, features, probe, source_hash, artifact }) => {
    const features_path = featuresFile(name, features);
    const call = callFor(join(folder, name), {
      features_path,
      db_path,
      source_hash,
      probe_kwargs: probe,
    });
    const result = await runner.run(call, quietContext());
    const { generated_at, run_id, config_hash, db_hash, ...rest } = z
      .record(z.string(), z.json())
      .parse(JSON.parse(Buffer.from(result.returned?.files[0].bytes ?? []).toString()));
    // Every number to its last bit, and every list in its order.
    expect(rest).toEqual(artifact);
    expect([run_id, config_hash, db_hash]).toEqual([call.run_id, call.config_hash, call.db_hash]);
    expect(generated_at).toEqual(
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/),
    );
  });
});

describe('a song without its axes is refused, as was recorded', () => {
  it.each(refused)('$name', async ({ name, features, error }) => {
    const features_path = featuresFile(name, features);
    const missing = [...(error ?? '').matchAll(/(\w+)\*/g)].map(([, axis]) => axis);
    expect(missing.length).toBeGreaterThan(0);
    const refusal = { code: 'axes_missing', details: { file: features_path, missing } };
    await expect(
      runner.accept({ features_path, features: null, db_path, probe: {}, runner_kwargs: {} }),
    ).rejects.toMatchObject(refusal);
    const call = callFor(join(folder, name), { features_path, db_path });
    await expect(runner.run(call, quietContext())).rejects.toMatchObject(refusal);
  });
});

it('has recorded answers and refusals to compare with', () => {
  expect([answered.length, refused.length]).toEqual([30, 2]);
});
