import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { errnoOf } from '../../core/model/errors.ts';

const execute = promisify(execFile);

/**
 * Flushes all that was written to the file systems of these paths, in one go: a thousand files in the time of a few. Node has no
 * `syncfs`, so the program `sync` calls it. False if it cannot be called, fails, or may promise more than it does; then each file
 * must be flushed by itself, which also tells which one cannot be.
 */
export async function flushFileSystems(
  paths: readonly string[],
  program = programs.find((path) => existsSync(path)),
): Promise<boolean> {
  if (program === undefined || !reportsErrors()) return false;
  try {
    for (const path of paths) if (!flushesAll.has((await statfs(path)).type)) return false;
    await execute(program, ['-f', '--', ...paths]);
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined && !hasExited(error)) throw error;
    return false;
  }
}

/** Not by its name alone: a program of that name elsewhere in the PATH may do anything. */
const programs = ['/usr/bin/sync', '/bin/sync'];

/** Before Linux 5.8 `syncfs` is silent about bytes that could not be written. */
function reportsErrors(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return process.platform === 'linux' && (major > 5 || (major === 5 && minor >= 8));
}

/**
 * Magic numbers of file systems whose `syncfs` flushes as much as `fsync` of each file does (statfs(2)). Others, such as those of
 * FUSE, may only hand the bytes on.
 */
const flushesAll = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xf2f52010, // f2fs
  0x01021994, // tmpfs
  0x794c7630, // overlay
]);

/** `execFile` rejects with the exit code of a program that failed, and with null if a signal ended it: Ctrl-C reaches it as well. */
const hasExited = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (typeof error.code === 'number' || error.code === null);
