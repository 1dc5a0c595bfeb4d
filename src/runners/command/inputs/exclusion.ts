import { join } from 'node:path';
import picomatch from 'picomatch';
import { foldersOf } from '../../../core/model/entry/entry-path.ts';
import { relativePath } from '../../../support/paths/relative-path.ts';
import type { Project } from '../project.ts';

/** What patterns with `!` before them match, and what lies in folders that they match. */
export function exclusion(
  { root, cwd }: Project,
  named: readonly string[],
): (path: string) => boolean {
  const patterns = named.filter((name) => name.startsWith('!')).map((name) => name.slice(1));
  if (patterns.length === 0) return () => false;
  const matches = patterns.map((pattern) =>
    picomatch(relativePath(root, join(cwd, pattern)), { dot: true }),
  );
  return (path) =>
    [path, ...foldersOf(path)].some((each) => matches.some((isMatch) => isMatch(each)));
}
