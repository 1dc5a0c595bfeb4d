import { build } from 'esbuild';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { project } from './cab.js';

/** Modules of src/ that dist/ has no names for, in one bundle; their names together. Gone when the point ends. */
export async function fromSource({ defer }, ...modules) {
  const scratch = join(project, '.scratch');
  await mkdir(scratch, { recursive: true });
  // Within the project, so that the bundle finds the dependencies.
  const dir = await mkdtemp(join(scratch, 'bench-'));
  defer(() => rm(dir, { recursive: true, force: true }));
  const outfile = join(dir, 'bundle.mjs');
  await build({
    stdin: {
      contents: modules.map((module) => `export * from './src/${module}.ts';`).join('\n'),
      resolveDir: project,
    },
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
