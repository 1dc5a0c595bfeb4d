/**
 * Finds the files that a runner left, by its answer. Calls that take microseconds are synchronous: through the thread
 * pool each would take ten times as long.
 */
import { accessSync, chmodSync, constants, lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { isSegment } from '../../core/model/key.ts';
import type { RunOutput } from '../../core/ports/workspace.ts';

/** The path, without links, of a regular file with a safe name. @throws CabError runner_result_invalid */
export function existing(path: string, from: RunOutput, what: string): string {
  const file = resolve(from.out_root, path);
  try {
    const stats = inOpened(from.out_root, dirname(file), () => lstatSync(file));
    if (!stats.isFile()) throw invalid(from, `the ${what} ${file} is not a regular file`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR')
      throw invalid(from, `the ${what} ${file} does not exist`, error);
    throw unreadable(file, from, error);
  }
  if (!isSegment(basename(file)))
    throw invalid(from, `the ${what}'s name ${JSON.stringify(basename(file))} is not safe`);
  return join(realpathSync.native(dirname(file)), basename(file));
}

export const isBelow = (path: string, dir: string): boolean => path.startsWith(dir + sep);

/** If another user's permissions keep a file from this process, the runner is at fault, not the root. */
export function unreadable(file: string, from: RunOutput, error: unknown): unknown {
  const errno = errnoOf(error);
  return errno === 'EACCES' || errno === 'EPERM' || errno === 'ELOOP'
    ? invalid(from, `${file} cannot be read (${errno})`, error)
    : error;
}

export const invalid = ({ runner, job_id }: RunOutput, what: string, cause?: unknown): CabError =>
  new CabError('runner_result_invalid', `runner ${runner}: ${what}`, {
    cause,
    details: { runner, job_id },
  });

/**
 * A runner may have removed the permissions of directories, even its own. Few runners do, so the look comes first.
 */
export function inOpened<T>(outRoot: string, home: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
  }
  openDirectories(outRoot, home);
  return look();
}

function openDirectories(outRoot: string, home: string): void {
  if (home !== outRoot && !isBelow(home, outRoot)) return;
  const below = relative(outRoot, home).split(sep);
  for (let at = 0; at <= below.length; at += 1) {
    const dir = join(outRoot, ...below.slice(0, at));
    try {
      accessSync(dir, constants.R_OK | constants.X_OK);
    } catch (error) {
      if (errnoOf(error) !== 'EACCES') return;
      openToOwner(dir);
    }
  }
}

/** Another user's directory cannot be opened. The read that follows reports that. */
function openToOwner(dir: string): void {
  try {
    chmodSync(dir, 0o700);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
