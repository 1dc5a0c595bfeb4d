import { defaults } from '../../compose/defaults.ts';
import type { UpstreamOptions } from '../../compose/upstream/upstream-options.ts';
import { namesUrl, upstreamPlaces } from '../../compose/upstream/upstream-addresses.ts';
import type { Config } from './config.ts';
import { upstream } from './flags.ts';
import { envOf } from './setting.ts';

export interface UpstreamSurroundings {
  /** For people, on stderr. */
  readonly say: (text: string) => void;
  readonly interruption: () => AbortSignal;
}

/** Undefined if no upstream is named. @throws CabError usage, config_invalid */
export function upstreamOptions(
  settings: Config,
  { say, interruption }: UpstreamSurroundings,
): UpstreamOptions | undefined {
  const urls = settings.get(upstream.upstream);
  if (urls.length === 0) return undefined;
  return {
    places: upstreamPlaces(urls, tokensFor(urls, settings, say)),
    pushes: settings.get(upstream.upstream_push),
    waitMs: settings.get(upstream.upstream_wait),
    mostBytes: settings.get(upstream.upstream_limit),
    tell: (text) => say(`warning: ${text}`),
    ...{ interruption, isPatient: false, closingMs: defaults.upstream.closingMs },
  };
}

/**
 * A bare token in the environment is meant for an upstream that the user named. A file that was found may name any host; a token
 * that names its upstream goes to that one anyway.
 */
function tokensFor(
  urls: readonly string[],
  settings: Config,
  say: (text: string) => void,
): readonly string[] {
  const tokens = settings.get(upstream.upstream_token);
  const env = envOf(upstream.upstream_token);
  const isFound = settings.source(upstream.upstream) === settings.file;
  if (!isFound || settings.source(upstream.upstream_token) !== env) return tokens;
  const named = tokens.filter(namesUrl);
  if (named.length < tokens.length)
    say(
      `note: ${env} is not sent to ${urls.join(', ')}, which ${settings.file} names; write it as URL=TOKEN`,
    );
  return named;
}
