import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod/mini';
import { CabError, errnoOf, isError } from '../../core/model/errors.ts';

export interface LocatedModule {
  readonly file: string;
  /** Version of an installed package. Null for a file, and for a linked package, which may change at any time. */
  readonly packageVersion?: string | null;
}

/** The module that `import name` means in a file of `cwd`. @throws CabError runner_not_found, runner_invalid */
export async function locatePackage(spec: { name: string; cwd: string }): Promise<LocatedModule> {
  const { resolve } = await import('import-meta-resolve');
  try {
    const url = resolve(spec.name, pathToFileURL(join(spec.cwd, 'importer.js')).href);
    const file = await realpath(fileURLToPath(url));
    const installed = file.includes(`${sep}node_modules${sep}`);
    return { file, packageVersion: installed ? await versionAbove(dirname(file)) : null };
  } catch (error) {
    const code = errnoOf(error) === 'ERR_MODULE_NOT_FOUND' ? 'runner_not_found' : 'runner_invalid';
    if (code === 'runner_invalid' && !errnoOf(error)?.startsWith('ERR_')) throw error;
    const reason = isError(error) ? error.message : '';
    throw new CabError(code, `runner ${spec.name}: ${reason}`, { cause: error });
  }
}

const packageSchema = z.object({ version: z.optional(z.string()) });

/** The version in the nearest package.json that has one. A nested package.json may only state the kind of modules. */
async function versionAbove(folder: string): Promise<string | null> {
  const version = await versionIn(join(folder, 'package.json'));
  const above = dirname(folder);
  return version ?? (above === folder ? null : versionAbove(above));
}

async function versionIn(file: string): Promise<string | null> {
  try {
    return packageSchema.parse(JSON.parse(await readFile(file, 'utf8'))).version ?? null;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
