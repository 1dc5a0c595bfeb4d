import { writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { defineRunner } from '../../src/runners/define-runner.ts';
import { resolveRunner } from '../../src/compose/resolve-runner.ts';
import { describeRunner } from '../contract/runner.ts';

const cwd = join(import.meta.dirname, '..', 'fixtures', 'runners');
const options = { cwd, killGraceMs: 200 };
const text = z._default(z.string(), '');
const asked = z.object({ behave: text, meeting: text, me: text, other: text });
const processes = { reportsProgress: false, starts: ['child', 'stranger', 'unmarked'] };

describeRunner(
  'an export of a module',
  {
    ...{ failure: { exception: 'RangeError' }, stack: 'behave.mjs' },
    // The parent of what a thread starts is cab itself: without a mark nobody can tell it from another call's.
    ...{ reportsProgress: true, starts: ['child', 'stranger'] },
  },
  () => resolveRunner('./behave.mjs', options),
);

describeRunner(
  'a Python callable',
  { ...processes, failure: { exception: 'LookupError' }, stack: 'behave.py' },
  () => resolveRunner('behave:run', options),
);

describeRunner('a program', { ...processes, failure: { exit_code: 3 } }, () =>
  resolveRunner('exec:./behave.sh {features} {artifact}', options),
);

describeRunner('a shell line', { ...processes, failure: { exit_code: 3 } }, () =>
  resolveRunner('sh:./behave.sh "$CAB_FEATURES_PATH" || exit $?', options),
);

describeRunner(
  'an object',
  {
    ...{ failure: { exception: 'RangeError' }, stack: 'asked to fail' },
    ...{ reportsProgress: true, starts: [] },
  },
  () =>
    defineRunner({
      ...{ name: 'behaving', version: '1' },
      async run({ artifact_path, manifest_path, track_id, runner_kwargs }, context) {
        const { behave, meeting, me, other } = asked.parse(runner_kwargs);
        context.log('said on stdout');
        context.log('said on stderr', 'stderr');
        if (behave === 'fail') {
          for (let line = 1; line <= 30; line++) context.log(`line ${line}`, 'stderr');
          throw new RangeError('asked to fail');
        }
        if (behave === 'hang') await once(context.signal, 'abort');
        if (behave === 'extra') writeFileSync(join(dirname(artifact_path), 'extra.txt'), 'extra');
        if (behave === 'manifest') writeFileSync(manifest_path, '{}');
        if (behave === 'meet') {
          writeFileSync(join(meeting, me), '');
          while (!existsSync(join(meeting, other))) await sleep(5);
        }
        context.progress(0.5, 'half');
        writeFileSync(artifact_path, track_id ?? '');
      },
    }),
);
