import { basename, dirname, extname } from 'node:path';

export const placeholders = ['stem', 'name', 'dir'] as const;

type Placeholder = (typeof placeholders)[number];

const placeholder = new RegExp(String.raw`\{(${placeholders.join('|')})\}`, 'g');

/**
 * The track of a file, from a pattern: `{stem}` is its name without the last suffix (`foo.features` of `foo.features.json`),
 * `{name}` its whole name, `{dir}` the name of its directory. Without a pattern the track of a file is its stem.
 */
export function trackOf(pattern: string, path: string): string {
  const name = basename(path);
  const values: Readonly<Record<Placeholder, string>> = {
    stem: basename(name, extname(name)),
    name,
    dir: basename(dirname(path)),
  };
  return pattern.replaceAll(placeholder, (_whole, name: Placeholder) => values[name]);
}

/** False if all files would share one track. */
export const tellsFilesApart = (pattern: string): boolean => pattern.search(placeholder) !== -1;

/** Whether a word has what makes it a pattern of tracks. */
export const isTrackPattern = (word: string): boolean => /[*?]/.test(word);

/** Which tracks a pattern fits: `*` stands for any characters, `?` for one. */
export function trackMatcher(pattern: string): (track: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 'su');
  return (track) => expression.test(track);
}
