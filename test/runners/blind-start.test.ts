import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { bundle } from '../helpers/bundle.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'runners');

it.each(['exec:echo {track_id}', 'sh:echo "$CAB_TRACK_ID"', 'behave:run'])(
  'no descriptor left to start %s with fails the attempt, to be tried again, and not the process',
  async (spec) => {
    const script = await bundle(join(import.meta.dirname, 'blind-start.ts'));
    const line = 'ulimit -n 512 && exec node "$0" "$@"';
    const words = [script.path, spec, fixtures, await tempDir()];
    const { stdout } = await execa('sh', ['-c', line, ...words]);
    await script.remove();
    const outcomes = JSON.parse(stdout) as string[];
    const failures = outcomes.filter((outcome) => outcome !== 'done');
    expect(outcomes.slice(failures.length)).toEqual(['done', 'done']);
    for (const failure of failures) expect(failure).toMatch(/^retryable: /);
    expect(failures.filter((text) => /cannot start .* EMFILE/.test(text))).not.toEqual([]);
  },
);
