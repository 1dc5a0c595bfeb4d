/** Shortened ids and keys. A key is shortened to its beginning, an id also to its end, because ids of one minute begin alike. */
import { CabError } from '../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../core/model/entry/key.ts';

/** Fewer characters would match by chance. */
const leastLength = 4;

/** How many digits of an id lists show. */
export const shortId = (id: string): string => id.slice(-8);

export const isShortFor = (whole: string, word: string): boolean =>
  word.length >= leastLength && (whole.startsWith(word) || whole.endsWith(word));

/** Also matches if each half is shortened to its beginning: `CONF/SOUR`. */
export function isShortForKey(key: EntryKey, word: string): boolean {
  if (isShortFor(formatKey(key), word)) return true;
  const [config = '', source = '', ...rest] = word.split('/');
  return (
    Math.min(config.length, source.length) >= leastLength &&
    rest.length === 0 &&
    key.config_hash.startsWith(config) &&
    key.source_hash.startsWith(source)
  );
}

const mostNamed = 8;

/** The one item that a word fits, or undefined. `found` holds the full names. @throws CabError usage */
export function onlyOne<T>(word: string, found: ReadonlyMap<string, T>): T | undefined {
  if (found.size < 2) return found.values().next().value;
  const names = [...found.keys()];
  const more = names.length > mostNamed ? `, and ${names.length - mostNamed} more` : '';
  throw new CabError(
    'usage',
    `${JSON.stringify(word)} fits several: ${names.slice(0, mostNamed).join(', ')}${more}`,
    { hint: 'Write more of its beginning or of its end.', details: { matches: names } },
  );
}
