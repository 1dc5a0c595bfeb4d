import { availableParallelism } from 'node:os';
import { define, optional } from './setting.ts';
import { ageType, integerType, pathType, sampleType, switchType } from './setting-kinds.ts';

const scope = 'verify';

const switchOf = (name: string, summary: string) =>
  define(name, { scope, type: switchType, summary }, false);

/** What of a root is checked, how, and what is done with what is found. */
export const verify = {
  quick: switchOf('quick', 'names, sizes and manifests alone; no artifact is read'),
  sample: optional('sample', {
    scope,
    type: sampleType,
    value: '<5%|1/7>',
    summary:
      'that many of all entries, others each time; or one of so many parts, which together are all',
  }),
  max_age: optional('max_age', {
    scope,
    type: ageType,
    summary: 'leave out what was found sound since; without it everything is checked',
  }),
  jobs: define(
    'jobs',
    {
      scope,
      type: integerType(1, 256),
      char: 'j',
      shown: 'one a processor',
      summary: 'threads that read and hash',
    },
    availableParallelism(),
  ),
  repair: switchOf(
    'repair',
    'take corrupt entries aside, mend manifests and pointers, clear away leftovers',
  ),
  rerun: switchOf('rerun', 'with --repair: submit the jobs whose entries were lost'),
  recompute: optional('recompute', {
    scope,
    type: sampleType,
    value: '<1%|1/100>',
    summary: 'run the jobs of that many entries again, and compare',
  }),
  junit: optional('junit', {
    scope,
    type: pathType,
    value: '<file>',
    summary: 'write a JUnit report, for CI',
  }),
  github: switchOf('github', 'print annotations for GitHub Actions'),
};
