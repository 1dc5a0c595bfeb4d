import { basename } from 'node:path';

/**
 * Whether a file of an entry may have this path: any UTF-8 without NUL; `/` separates segments; no segment is empty, `.` or
 * `..`. Source: docs/reference/root.md.
 */
export const isEntryPath = (path: string): boolean =>
  path.isWellFormed() && path.split('/').every(isEntrySegment);

/** Whether this may be one segment of such a path. */
export const isEntrySegment = (segment: string): boolean =>
  segment !== '' && segment !== '.' && segment !== '..' && !/[\0/]/.test(segment);

/** The folders that lead to such a path, the outermost first: `a` and `a/b` of `a/b/c`. */
export const foldersOf = (path: string): string[] => {
  const segments = path.split('/').slice(0, -1);
  return segments.map((_, at) => segments.slice(0, at + 1).join('/'));
};

/** Manifests of other programs may give the path at which the file was made. Then only its last part counts. */
export const entryPathOf = (path: string): string => (isEntryPath(path) ? path : basename(path));

/**
 * Whether a symbolic link at `path` stays below the same directory: it is relative, and climbs no higher than the top. Looks
 * only at the text, not at the disk.
 */
export function staysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false;
  let depth = path.split('/').length - 1;
  for (const segment of target.split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return false;
  }
  return true;
}
