import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.realm.ts'],
    pool: 'vmThreads',
    // With the variable its summary is coloured, and not found by those who look for words.
    env: { NO_COLOR: '1' },
  },
});
