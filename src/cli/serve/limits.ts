import type { Limits } from '../../http/server/options.ts';
import type { Config } from '../settings/config.ts';
import { limits } from '../settings/limit-flags.ts';

/** What the settings come to for the server. */
export const limitsOf = (settings: Config): Limits => ({
  bodyBytes: settings.get(limits.body_limit),
  headerBytes: settings.get(limits.header_limit),
  headersMs: settings.get(limits.header_timeout),
  requestMs: settings.get(limits.request_timeout),
  idleMs: settings.get(limits.idle_timeout),
  connections: settings.get(limits.max_connections),
  held: settings.get(limits.max_held),
  heartbeatMs: settings.get(limits.heartbeat),
  retryAfterS: Math.ceil(settings.get(limits.retry_after) / 1000),
});
