// Says how strong the tests are: Stryker changes the source in one small place (a mutant), runs the tests that reach it, and
// counts the mutants that no test notices. A part has hundreds of mutants, so a sample of them is tried.
//
//   npm run mutate -- core/publication                          40 mutants of a part
//   npm run mutate -- core/publication --sample 100 --seed 2
//   npm run mutate -- core/publication/hits.ts:20-35 --sample 999
//
// A mutant is in src/, not in dist/: only tests that run the sources in their own process can notice it.
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

/** The parts, and the folders and files of test/ that are run for each. */
const parts = {
  'core/model': [
    'core/{model,hashing,engine}',
    'core/maintenance/verify',
    'http/wire',
    'compose/embedded',
    'commands/{failures,last-reports}',
    'reference/http-table',
  ],
  // Stryker counts every statement that runs: the texts of millions of bytes would take longer than the limit of a test.
  'core/hashing': [
    'core/hashing/!(hostile-texts)',
    'core/engine/{config-hash,attempt/{gather,read-evidence}}',
    'core/maintenance/verify/verify',
    'core/publication/arrived-manifest',
    'reference/reference-oddities',
    'runners/historical-echo/spine-cache',
    'stores/local/{fs-pointer-store,staging/seal-copy}',
  ],
  'core/publication': ['core/publication', 'core/engine', 'core/maintenance/verify'],
  'core/engine': ['core/engine'],
  'core/maintenance': [
    'core/maintenance',
    '{cli/doctor,commands/{gc,last-reports,tracks-rm}}',
    'compose/{embedded,fresh-queue,stores/maintain-{memory-root,root}}',
    'http/server/upkeep',
    'reference/old-trees',
    'stores/memory',
  ],
  'stores/local': [
    '{stores/local,compose/stores,core/maintenance}',
    'core/engine/attempt/outcome/gather',
  ],
  'stores/sqlite': [
    'stores/sqlite',
    'compose/fresh-queue',
    'core/maintenance/verify',
    'core/engine/local-broker',
  ],
  'stores/memory': [
    'stores/memory',
    'compose/stores/maintain-memory-root',
    'compose/embedded',
    'core/engine/local-broker',
  ],
  'http/server': ['http/server/!(fuzz)', 'http/client'],
  runners: ['runners', 'cli/run'],
  watch: ['watch', 'daemon/served-folders', 'commands/watch'],
};

/** These run in a thread or a process of their own, from dist/. */
const built = [
  '!src/http/server/submission/reading-worker.ts',
  '!src/runners/historical-echo/{accept-worker,worker}.ts',
  '!src/runners/module/module-worker.ts',
  '!src/stores/local/check/check-thread.ts',
];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
  },
});
const [place = ''] = positionals;
const part = Object.keys(parts).find((name) => place === name || place.startsWith(`${name}/`));
if (part === undefined) {
  console.error(`Name a part, or a file in one: ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}

// Not as Stryker's own `testFiles`: for a mutant of what is run at import, it would find no test in them.
process.env.CAB_MUTATE_TESTS = parts[part]
  .map((tests) => `test/${tests}{/**/*,}.test.ts`)
  .join(' ');
await new Stryker({
  mutate: [`src/${place}${place.includes('.ts') ? '' : '/**/*.ts'}`, ...built],
  checkers: ['sample'],
  sample: { size: Number(values.sample), seed: values.seed },
}).runMutationTest();
