import { defineConfig } from 'vitest/config';
import tests from './vitest.config.ts';

/** The tests as scripts/mutate.js runs them, by the patterns that it names. */
export default defineConfig({
  test: {
    ...tests.test,
    include: (process.env['CAB_MUTATE_TESTS'] ?? '').split(' '),
    // Mutants make each test slower. Stryker ends those that take too long.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
  plugins: [
    {
      // Stryker asks for threads, but some tests change what only a process has: its user and its folder.
      name: 'processes',
      configureVitest: ({ project }) => {
        project.config.pool = 'forks';
      },
    },
  ],
});
