/** How Stryker runs the tests. scripts/mutate.js says what it changes and which tests it runs. */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutate.config.ts' },
  plugins: ['@stryker-mutator/vitest-runner', './scripts/mutate-plugin.js'],
  reporters: ['unnoticed'],
  tempDirName: '.scratch/mutate',
  concurrency: 1,
  // The first run takes all tests of a part, and a machine with two cores has other work as well.
  dryRunTimeoutMinutes: 60,
  timeoutFactor: 3,
  timeoutMS: 30_000,
  allowConsoleColors: false,
  warnings: { unknownOptions: false },
};
