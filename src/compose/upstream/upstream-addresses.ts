import { CabError } from '../../core/model/errors.ts';

/** An upstream as it is named, with the token that may be sent to it and to no other host. */
export interface UpstreamPlace {
  readonly url: string;
  readonly token: string | null;
}

/**
 * Pairs upstreams with their tokens. A token is `URL=TOKEN`, for the upstream of that host; or a bare token, if there is one
 * upstream. A token for another host is not used: a variable of the environment may hold those of several projects.
 * @throws CabError usage
 */
export function upstreamPlaces(
  urls: readonly string[],
  tokens: readonly string[],
): readonly UpstreamPlace[] {
  const parsed = urls.map(parsedUrl);
  const bare = tokens.filter((token) => !namesUrl(token));
  if (bare.length > 1 || (bare.length === 1 && urls.length > 1))
    throw new CabError('usage', 'upstream_token: it does not say for which upstream it is', {
      hint: 'Name the upstream before each token: URL=TOKEN',
      details: { field: 'upstream_token' },
    });
  const named = new Map(tokens.filter(namesUrl).map(splitToken));
  return parsed.map(({ href, origin }) => ({
    url: href,
    token: named.get(origin) ?? bare[0] ?? null,
  }));
}

/** Whether a token says for which upstream it is. */
export const namesUrl = (token: string): boolean => /^https?:\/\/[^=\s]+=\S+$/.test(token);

function splitToken(text: string): readonly [origin: string, token: string] {
  const at = text.indexOf('=');
  return [parsedUrl(text.slice(0, at)).origin, text.slice(at + 1)];
}

function parsedUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isWeb = parsed?.protocol === 'http:' || parsed?.protocol === 'https:';
  if (parsed !== undefined && isWeb && parsed.username === '' && parsed.password === '')
    return parsed;
  throw new CabError('usage', `upstream: expected http://host:port, not ${shown(url)}`, {
    hint: 'A token is given with upstream_token, not in the URL.',
    details: { field: 'upstream' },
  });
}

/** A URL may hold a password. */
const shown = (url: string): string => JSON.stringify(url.replace(/\/\/[^/@]*@/, '//…@'));
