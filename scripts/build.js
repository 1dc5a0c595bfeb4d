// Bundles the library, the command line, and whatever runs in a thread or process of its own, into dist/.
import { copyFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { bundleCommandLine } from './bundle-command-line.js';
import { writeManifest } from './oclif-manifest.js';

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
await bundleCommandLine({
  entries: { cli: 'src/app/main.ts', commands: 'src/commands/index.ts' },
  outdir: 'dist',
  hot: [
    'src/app/main.ts',
    'src/commands/status.ts',
    'src/commands/get.ts',
    'src/commands/submit.ts',
    'src/core/local-broker.ts',
    'src/runners/resolve.ts',
  ],
  external: ['better-sqlite3'],
});
await writeManifest('oclif.manifest.json');
