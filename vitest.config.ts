import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    pool: 'forks',
    // Most files are small, and a process for each would load the code under test again. test/setup.ts undoes what a file leaves.
    isolate: false,
    // Most of a test is waiting for processes and disks, so three workers keep two cores busy.
    maxWorkers: 3,
    // Real processes and real disks: generous limits, so that a busy machine fails nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
