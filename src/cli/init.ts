/** Writes the files of `cab init`: a first configuration file, and a line in `.gitignore` for the root. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { defaults } from '../compose/defaults.ts';
import { CabError, errnoOf } from '../core/model/errors.ts';
import { guarded } from '../support/files/io-error.ts';
import { configFileName } from './settings/config-file.ts';
import { configSchemaFile } from './settings/config-schema.ts';

export interface InitOptions {
  /** The folder that becomes a project. */
  readonly cwd: string;
  /** Folder of the package that runs. */
  readonly packageRoot: string;
}

/** Returns the paths that were written, relative to the folder. @throws CabError usage if nothing was left to write; no_space, … */
export async function initProject({ cwd, packageRoot }: InitOptions): Promise<string[]> {
  const file = join(cwd, configFileName);
  const content = { $schema: schemaFor(cwd, packageRoot), cas_root: defaults.root, jobs: {} };
  return guarded(`writing ${configFileName}`, async () => {
    const isNew = await writeNew(file, `${JSON.stringify(content, null, 2)}\n`);
    const written = [
      ...(isNew ? [configFileName] : []),
      ...((await ignoreStore(cwd)) ? ['.gitignore'] : []),
    ];
    if (written.length > 0) return written;
    throw new CabError('usage', `${file} is there already`, {
      hint: '`cab config` shows what it says.',
      details: { file },
    });
  });
}

/** False if there is such a file. */
async function writeNew(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    return false;
  }
}

/** The schema of the package in the project's `node_modules`, if there is one: that path is the same on every machine. */
function schemaFor(cwd: string, packageRoot: string): string {
  const own = join('node_modules', 'content-addressed-broker', configSchemaFile);
  if (existsSync(join(cwd, own))) return `./${own.split(sep).join('/')}`;
  const path = join(packageRoot, configSchemaFile);
  const near = relative(cwd, path);
  return near.startsWith('..') ? path : `./${near}`;
}

/** False if the file has such a line already. */
async function ignoreStore(cwd: string): Promise<boolean> {
  const file = join(cwd, '.gitignore');
  const line = `/${defaults.root}/`;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  });
  const known = new Set([line, line.slice(1), line.slice(0, -1), defaults.root]);
  if (text.split('\n').some((each) => known.has(each.trim()))) return false;
  await appendFile(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
  return true;
}
