// Bundles the library, and whatever runs in a thread of its own, into dist/.
import { copyFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const shared = {
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
};

await rm('dist', { recursive: true, force: true });
await build({
  ...shared,
  entryPoints: { index: 'src/index.ts', 'workers/module': 'src/runners/module-worker.ts' },
  splitting: true,
  packages: 'external',
});
// A thread starts in half the time where it has zod in its own file, with only the parts that it uses.
await build({
  ...shared,
  entryPoints: { 'workers/historical-echo': 'src/runners/historical-echo/worker.ts' },
  external: ['better-sqlite3'],
});
await copyFile('src/runners/bridge.py', 'dist/bridge.py');
