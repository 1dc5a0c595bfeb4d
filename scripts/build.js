// Bundles the library, the command line, and whatever runs in a thread or process of its own, into dist/.
import { execFileSync } from 'node:child_process';
import { copyFile, rm } from 'node:fs/promises';
import { build } from 'esbuild';
import { buildPage } from './build-page.js';
import { bundleCommandLine } from './bundle-command-line.js';
import { bundleCommonJs } from './bundle-common-js.js';
import { writeManifest } from './oclif-manifest.js';
import { writeLicenses } from './write-licenses.js';

/** Files of dist/ that are started by their path; each stands alone, with zod in it and only the parts it uses. */
const threads = {
  'workers/historical-echo': 'src/runners/historical-echo/worker.ts',
  'workers/historical-echo-accept': 'src/runners/historical-echo/accept-worker.ts',
  'workers/module': 'src/runners/module/module-worker.ts',
};

/** CommonJS, for the same reason as the command line: an eighth of its start. */
const coreThreads = {
  'workers/verify': 'src/stores/local/check/check-thread.ts',
  'workers/publishing': 'src/compose/threads/publishing-worker.ts',
  'workers/reading': 'src/http/server/submission/reading-worker.ts',
};

/** Files that are copied as they are. */
const copied = { 'bridge.py': 'src/runners/python/bridge.py' };

/** What `status`, `get` and a hit of `submit` and `run` are made of; each start reads all of it. */
const hot = [
  'src/bin.ts',
  'src/commands/status.ts',
  'src/commands/get.ts',
  'src/commands/submit.ts',
  'src/commands/run.ts',
  'src/compose/command/cached-command.ts',
  'src/compose/stores/broker-on-root.ts',
  'src/stores/sqlite/sqlite-job-store.ts',
  'src/daemon/daemon-file.ts',
  'node_modules/uuid/dist-node/index.js',
];

/** What finds a runner and runs a job, beside that. */
const work = [
  'src/compose/resolve-runner.ts',
  'src/core/engine/attempt/worker.ts',
  'src/runners/historical-echo/spine/spine-database.ts',
];

const shared = {
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
  metafile: true,
};

/** What is not bundled, beside oclif: its native part is made where it is installed. */
const installed = ['better-sqlite3'];

/** Packages in CommonJS, bundled into an ES module, still ask for Node's own modules with `require`. */
const requireForCommonJs = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

await rm('dist', { recursive: true, force: true });
const library = await build({
  ...shared,
  entryPoints: { index: 'src/index.ts' },
  splitting: true,
  external: installed,
  banner: { js: requireForCommonJs },
});
const required = await bundleCommonJs({
  entries: { index: 'src/index.ts' },
  outdir: 'dist',
  external: installed,
});
const ownThreads = await build({ ...shared, entryPoints: threads, external: installed });
const others = await build({
  ...shared,
  entryPoints: coreThreads,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
});
for (const [name, source] of Object.entries(copied)) await copyFile(source, `dist/${name}`);
const commandLine = await bundleCommandLine({
  entries: { cli: 'src/bin.ts', commands: 'src/commands/all.ts' },
  outdir: 'dist',
  hot,
  work,
  late: ['node_modules/execa/index.js'],
  external: installed,
});
const page = await buildPage({ source: 'src/http/ui', outdir: 'dist/ui' });
await writeLicenses(
  'dist/licenses.txt',
  [library, required, ownThreads, others, commandLine, page].map(({ metafile }) => metafile),
);
await writeManifest('oclif.manifest.json');
execFileSync(process.execPath, ['scripts/write-code-cache.js'], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
