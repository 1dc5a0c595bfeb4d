/** Ids and keys that were shortened: to their beginning or, since ids of one minute begin alike, to their end. */
import { CabError } from '../../core/model/errors.ts';
import { formatKey, type EntryKey } from '../../core/model/entry/key.ts';

/** Fewer characters fit by chance. */
const leastLength = 4;

/** As many digits of an id as tell the jobs of a list apart. */
export const shortId = (id: string): string => id.slice(-8);

export const isShortFor = (whole: string, word: string): boolean =>
  word.length >= leastLength && (whole.startsWith(word) || whole.endsWith(word));

/** Also where each half is shortened to its beginning: `CONF/SOUR`. */
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

/** The one thing that a word fits, undefined if there is none. `found` has their full names. @throws CabError usage */
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
