/** Scans a watched folder once, and reports the files that count. */
import { lstat, readdir } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../core/model/errors.ts';
import type { FileFilter } from './file-filter.ts';

export interface FoundFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly stats: BigIntStats;
}

export interface ScanOptions {
  readonly scope: FileFilter;
  /** The scan awaits it, so that the receiver can delay the scan. */
  readonly onFile: (file: FoundFile) => Promise<void>;
  /** Called for a skipped path (relative) that the user may have meant. */
  readonly onSkipped: (path: string, why: string) => void;
  /** Called for a file (relative) that does not fit the pattern. Undefined: such files are not looked at. */
  readonly onUnasked: ((path: string) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Number of names that are inspected together: enough to keep the disk busy. */
const batch = 32;

/**
 * Inspects every file of the folder once. False if a directory could not be read: then files that were not found may
 * still exist. Throws the system's error if the folder itself cannot be read.
 */
export async function scan(options: ScanOptions): Promise<boolean> {
  let whole = true;
  const directories = [''];
  for (let directory; (directory = directories.pop()) !== undefined;) {
    try {
      await scanDirectory(directory, directories, options);
    } catch (error) {
      const errno = errnoOf(error);
      if (directory === '' || errno === undefined) throw error;
      whole = false;
      // The directory went after its parent was read.
      if (errno === 'ENOENT' || errno === 'ENOTDIR') continue;
      options.onSkipped(directory, `the directory cannot be read (${errno})`);
    }
  }
  return whole;
}

async function scanDirectory(
  directory: string,
  directories: string[],
  options: ScanOptions,
): Promise<void> {
  const { scope, signal } = options;
  // As bytes, to tell a name that is not UTF-8 from one that contains replacement characters.
  const names = await readdir(scope.absolute(directory), { encoding: 'buffer' });
  for (let at = 0; at < names.length; at += batch) {
    signal.throwIfAborted();
    const looks = names.slice(at, at + batch).map((name) => look(directory, name, options));
    for (const found of await Promise.all(looks)) {
      if (found === undefined) continue;
      if (found.stats.isDirectory()) directories.push(found.path);
      else await options.onFile(found);
    }
  }
}

/** A file that counts, or a directory to enter; undefined for anything else. */
async function look(
  directory: string,
  bytes: Buffer,
  { scope, onSkipped, onUnasked }: ScanOptions,
): Promise<FoundFile | undefined> {
  const name = bytes.toString();
  const path = join(directory, name);
  if (!Buffer.from(name).equals(bytes)) {
    if (scope.fileOf(path) !== undefined || scope.enters(path))
      onSkipped(join(directory, bytes.toString('latin1')), 'its name is not UTF-8');
    return undefined;
  }
  const counts = scope.fileOf(path) === path && !scope.isMarker(path);
  const isUnasked = !counts && onUnasked !== undefined && scope.isUnasked(path);
  if (!counts && !isUnasked && !scope.enters(path)) return undefined;
  const stats = await statsOf(scope.absolute(path));
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return scope.enters(path) ? { path, stats } : undefined;
  if (isUnasked && stats.isFile()) onUnasked(path);
  if (!counts) return undefined;
  if (stats.isFile()) return { path, stats };
  onSkipped(path, stats.isSymbolicLink() ? 'links are not followed' : 'it is not a regular file');
  return undefined;
}

/** The `stat` of the path itself, without following a link; undefined if nothing is there. */
export async function statsOf(absolute: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(absolute, { bigint: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** As `statsOf`, for a file that the next scan inspects again: if it cannot be inspected now, it counts as absent. */
export async function statsIfSeen(absolute: string): Promise<BigIntStats | undefined> {
  try {
    return await statsOf(absolute);
  } catch (error) {
    if (/^E[A-Z0-9]+$/.test(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
