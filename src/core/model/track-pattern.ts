import { basename, dirname, extname } from 'node:path';

/**
 * The track of a file, from a pattern: `{stem}` is its name without the last suffix (`foo.features` of
 * `foo.features.json`), `{name}` its whole name, `{dir}` the name of its directory. Without a pattern the
 * track of a file is its stem.
 */
export function trackOf(pattern: string, path: string): string {
  const name = basename(path);
  const values: Readonly<Record<string, string>> = {
    stem: basename(name, extname(name)),
    name,
    dir: basename(dirname(path)),
  };
  return pattern.replace(/\{(stem|name|dir)\}/g, (_whole, key: string) => values[key] ?? '');
}

/** False where all files would share one track. */
export const tellsFilesApart = (pattern: string): boolean => /\{(stem|name|dir)\}/.test(pattern);
