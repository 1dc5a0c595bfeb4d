import { defineConfig } from 'vitest/config';

/** `npm run pictures` takes the pictures of docs/how-to/look-at-the-page.md, `npm run bench:page` its figures. They are no tests. */
export default defineConfig({
  test: {
    include: ['test/http/ui/scene/{pictures,measure}.ts'],
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
