import { execFile } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { ownedTempDir } from './temp-dir.ts';

const run = promisify(execFile);
const checkout = join(import.meta.dirname, '../..');

export interface InstalledPackage {
  /** A folder whose node_modules holds the package and its dependencies alone. */
  readonly folder: string;
  readonly package: string;
  /** The program `cab`. */
  readonly cab: string;
  /** What lies beside the package in node_modules. */
  readonly dependencies: readonly string[];
  readonly remove: () => Promise<void>;
}

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })),
});

/** The packed package with the dependencies that the lock gives it, as npm lays them out; copied, so that no registry is asked. */
export async function installPackage(): Promise<InstalledPackage> {
  const dir = await ownedTempDir();
  const folder = dir.path;
  const installed = join(folder, 'node_modules/content-addressed-broker');
  await mkdir(installed, { recursive: true });
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: checkout });
  const tarball = join(folder, stdout.trim());
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  const lock = lockSchema.parse(
    JSON.parse(await readFile(join(checkout, 'package-lock.json'), 'utf8')),
  );
  const dependencies = Object.entries(lock.packages)
    .filter(([place, { dev }]) => place !== '' && dev !== true)
    .map(([place]) => place);
  for (const place of dependencies)
    await cp(join(checkout, place), join(folder, place), { recursive: true, filter: isLoaded });
  return {
    folder,
    package: installed,
    cab: join(installed, 'bin/run.js'),
    dependencies: dependencies.map((place) => relative('node_modules', place)),
    remove: () => dir.remove(),
  };
}

/** The sources of SQLite are large, and only its build reads them. A dependency's own dependencies have places of their own. */
const isLoaded = (path: string): boolean =>
  !path.includes('better-sqlite3/deps') &&
  !(path.endsWith('node_modules') && dirname(path) !== checkout);
