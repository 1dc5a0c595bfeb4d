import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, resolve } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';

export interface FoundFile {
  /** Absolute. */
  readonly file: string;
  /** False if there is no such program that this user may execute, but one that the user may not. */
  readonly isExecutable: boolean;
}

/** Finds a program as the system does: a name with a slash from `cwd`, any other along PATH. */
export async function findProgram(
  command: string,
  { cwd, path = usualPath }: { readonly cwd: string; readonly path: string | undefined },
): Promise<FoundFile | undefined> {
  const folders = command.includes('/') ? [''] : path.split(delimiter);
  let refused: FoundFile | undefined;
  for (const folder of folders) {
    const file = resolve(cwd, folder, command);
    const isExecutable = await isExecutableFile(file);
    if (isExecutable === true) return { file, isExecutable };
    if (isExecutable === false) refused ??= { file, isExecutable };
  }
  return refused;
}

/** Where the system looks if PATH is not set. */
const usualPath = '/usr/bin:/bin';

/** Undefined if there is no such file. */
async function isExecutableFile(file: string): Promise<boolean | undefined> {
  try {
    if (!(await stat(file)).isFile()) return undefined;
    await access(file, constants.X_OK);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    if (errno === 'EACCES') return false;
    throw error;
  }
}
