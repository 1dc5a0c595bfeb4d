import { defineConfig } from 'vitest/config';

/** `npm run pictures`: takes the pictures of docs/page.md. They are no tests. */
export default defineConfig({
  test: { include: ['test/http/ui/scene/pictures.ts'], testTimeout: 180_000, hookTimeout: 180_000 },
});
