import { join } from 'node:path';
import { expect, it } from 'vitest';
import { normalizeRunnerSpec, resolveRunner } from '../../src/compose/resolve-runner.ts';

const cwd = join(import.meta.dirname, '..', 'fixtures', 'runners');

it.each(['./behave.mjs:run', 'behave:run', 'exec:./behave.sh {artifact}', 'sh:. ./behave.sh'])(
  'makes %s mean the same in another directory',
  async (spec) => {
    const stored = normalizeRunnerSpec(spec, cwd, {});
    expect(normalizeRunnerSpec(stored, '/', { PYTHONPATH: '/elsewhere' })).toBe(stored);
    const there = await resolveRunner(stored, { cwd: '/' }).identify();
    expect(there).toEqual(await resolveRunner(spec, { cwd }).identify());
  },
);
