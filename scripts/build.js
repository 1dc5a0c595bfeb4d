// Bundles the library, and whatever runs in a thread of its own, into dist/.
import { copyFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    index: 'src/index.ts',
    'workers/historical-echo': 'src/runners/historical-echo/worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  logLevel: 'warning',
});
void copyFile;
