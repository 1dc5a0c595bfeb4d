import { isAbsolute, relative, sep } from 'node:path';

/** The path from one place to another, with `/` between its segments. */
export const relativePath = (from: string, to: string): string =>
  relative(from, to).split(sep).join('/');

/** Whether such a path leaves the place where it begins. */
export const isOutside = (path: string): boolean =>
  path === '..' || path.startsWith('../') || isAbsolute(path);
