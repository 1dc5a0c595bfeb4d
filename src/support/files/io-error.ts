import { CabError, errnoOf, isError } from '../../core/model/errors.ts';

const unwritable: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR']);
const full: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Turns a failed system call on the root into an error for the user. Other errors and CabErrors pass unchanged. */
export function rootError(error: unknown, doing: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof CabError || errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) return error;
  const options = { cause: error, details: { errno } };
  if (full.has(errno))
    return new CabError('no_space', `${doing}: no space left on the disk (${errno})`, options);
  if (unwritable.has(errno))
    return new CabError('root_unwritable', `${doing}: not permitted (${errno})`, options);
  return new CabError('io_error', `${doing}: ${isError(error) ? error.message : errno}`, options);
}

/** Runs `action`, and turns its system errors into errors that name `doing`. */
export async function guarded<T>(doing: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw rootError(error, doing);
  }
}
