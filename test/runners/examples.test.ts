import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveRunner } from '../../src/compose/resolve-runner.ts';
import { newCall } from '../contract/runner.ts';

const project = join(import.meta.dirname, '..', '..');
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cab-example-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

it.each([
  [
    './examples/runners/word-count.mjs',
    '{"a":"La la","b":["land",3]}',
    { top: 1 },
    { words: { la: 2 } },
  ],
  [
    'examples.runners.spectrum_summary:run',
    '{"tempo":120,"rms":[1,2],"title":"x"}',
    {},
    {
      summary: {
        tempo: { count: 1, mean: 120, spread: 0 },
        rms: { count: 2, mean: 1.5, spread: 0.5 },
      },
    },
  ],
  [
    'exec:./examples/runners/line-stats.sh {features}',
    'one\ntwo two\none\n',
    {},
    { lines: 3, longest: 7 },
  ],
])('the example %s runs', async (spec, input, kwargs, expected) => {
  const runner = resolveRunner(spec, { cwd: project });
  const { call, context } = await newCall(root, kwargs);
  await writeFile(call.features_path, input);
  const { artifact } = await runner.run(call, context);
  await runner.close();
  expect(JSON.parse(await readFile(artifact, 'utf8'))).toEqual(expected);
  if (spec.startsWith('exec:'))
    expect(await readdir(dirname(artifact))).toEqual(['artifact.json', 'most-frequent.txt']);
});
