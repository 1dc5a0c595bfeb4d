import { dirname } from 'node:path';
import { CabError, errnoOf } from '../../core/model/errors.ts';

const full: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);
const broken = /^(?:EIO|EROFS|SQLITE_IOERR.*)$/;

/**
 * Turns a failure to write a user's file into an error for the user, with the hint `chooseAnother`. Errors that come from
 * neither a system call nor SQLite pass unchanged.
 */
export function outputError(
  error: unknown,
  target: string,
  chooseAnother = 'choose another place',
): unknown {
  const code = errnoOf(error);
  if (code === undefined || error instanceof CabError) return error;
  const options = { cause: error, details: { file: target, errno: code } };
  const elsewhere = `${chooseAnother}.`;
  if (full.has(code))
    return new CabError('no_space', `no space left for ${target} (${code})`, {
      ...options,
      hint: `Free some space there, or ${elsewhere}`,
    });
  if (broken.test(code))
    return new CabError('io_error', `${target} cannot be written (${code})`, {
      ...options,
      hint: `Check the disk, or ${elsewhere}`,
    });
  if (!/^E[A-Z0-9]+$/.test(code)) return error;
  const problem =
    code === 'ENOENT'
      ? `there is no folder ${dirname(target)}`
      : `${target} cannot be written (${code})`;
  return new CabError('usage', problem, {
    ...options,
    hint: elsewhere.charAt(0).toUpperCase() + elsewhere.slice(1),
  });
}
