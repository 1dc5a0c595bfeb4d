// Bundles the library, and whatever runs in a thread or process of its own, into dist/.
import { copyFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { index: 'src/index.ts', 'workers/module': 'src/runners/module-worker.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  logLevel: 'warning',
});
await copyFile('src/runners/bridge.py', 'dist/bridge.py');
