import { join, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import type { Project } from './project.ts';

/** What patterns with `!` before them match, and what lies in folders that they match. */
export function exclusion(
  { root, cwd }: Project,
  named: readonly string[],
): (path: string) => boolean {
  const patterns = named.filter((name) => name.startsWith('!')).map((name) => name.slice(1));
  if (patterns.length === 0) return () => false;
  const matches = patterns.map((pattern) =>
    picomatch(relative(root, join(cwd, pattern)).split(sep).join('/'), { dot: true }),
  );
  return (path) => {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/'))))
      if (matches.some((isMatch) => isMatch(at))) return true;
    return false;
  };
}
