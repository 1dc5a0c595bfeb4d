import { build, stop } from 'esbuild';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface Bundle {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Bundles a TypeScript file as one that plain node runs in a process of its own. It lies inside the project,
 * from where its packages are found.
 */
export async function bundle(entry: string): Promise<Bundle> {
  const scratch = join(import.meta.dirname, '..', '..', '.scratch');
  await mkdir(scratch, { recursive: true });
  const dir = await mkdtemp(join(scratch, 'bundle-'));
  const path = join(dir, 'child.mjs');
  await build({
    entryPoints: [entry],
    outfile: path,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  // Its service is a child of this process. Files that share the process look for their own children, and end them.
  await stop();
  return { path, remove: () => rm(dir, { recursive: true, force: true }) };
}
