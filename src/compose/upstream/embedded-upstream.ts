import { silentLogger, type Logger } from '../../support/logger.ts';
import { defaults } from '../defaults.ts';
import type { UpstreamOptions } from './upstream-options.ts';
import { upstreamPlaces } from './upstream-addresses.ts';

/** Options of `openBroker` about the brokers behind it. */
export interface EmbeddedUpstreamOptions {
  /** URLs of other brokers, which are asked for results that are not here, in this order. */
  readonly upstream?: string | readonly string[];
  /** The token for the upstream, or `URL=TOKEN` for each. It is sent to no other host. */
  readonly upstreamToken?: string | readonly string[];
  /** Sends new results to the first upstream; by default false. `close` waits for them, ten minutes at most. */
  readonly upstreamPush?: boolean;
  /** How long an upstream may keep this program waiting before it is passed over. */
  readonly upstreamWaitMs?: number;
  /** Bytes of the largest result that is fetched. */
  readonly upstreamLimit?: number;
}

/** The upstreams of an embedding program. What goes wrong with them is a line of its log. @throws CabError usage */
export function embeddedUpstream({
  upstream = [],
  upstreamToken = [],
  upstreamPush: pushes = false,
  upstreamWaitMs: waitMs = defaults.upstream.waitMs,
  upstreamLimit: mostBytes = defaults.upstream.mostBytes,
  logger = silentLogger,
}: EmbeddedUpstreamOptions & { readonly logger?: Logger }): UpstreamOptions | undefined {
  const places = upstreamPlaces([upstream].flat(), [upstreamToken].flat());
  if (places.length === 0) return undefined;
  return {
    ...{ places, pushes, waitMs, mostBytes, isPatient: false },
    tell: (text, error) => logger.warn(error === undefined ? {} : { err: error }, text),
    closingMs: defaults.upstream.closingMs,
    interruption: () => new AbortController().signal,
  };
}
