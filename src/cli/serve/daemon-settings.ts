/** Makes the settings of a daemon from those of the command line. */
import { resolve } from 'node:path';
import type { DaemonSettings, Limits, ListenSettings } from '../../daemon/daemon-settings.ts';
import { fenceWithin } from '../../support/paths/path-fence.ts';
import type { Services } from '../services.ts';
import type { Config } from '../settings/config.ts';
import { limits, serve } from '../settings/flags.ts';
import { watchSettings } from '../watch/watch-settings.ts';
import type { ServeProfile } from './reference-profile.ts';
import { tokensOf } from './tokens.ts';
import { uidsOf } from './user-ids.ts';

/** Throws usage and config_invalid if tokens or users cannot be read. */
export async function daemonSettings(
  settings: Config,
  services: Pick<Services, 'cwd' | 'env'>,
  profile: ServeProfile,
): Promise<DaemonSettings> {
  const { cwd } = services;
  const allowRoots = settings.get(serve.allow_root).map((dir) => resolve(cwd, dir));
  return {
    listen: await listenSettings(settings, allowRoots, profile),
    folders: settings.get(serve.watch).map((folder) => resolve(cwd, folder)),
    watch: {
      ...watchSettings(settings, services),
      // The user who starts the daemon names these folders. Without --allow-root they may lie anywhere, whatever address the daemon listens at.
      fence: allowRoots.length === 0 ? undefined : fenceWithin(allowRoots),
    },
    page: settings.get(serve.ui) && profile === 'cab',
    graceMs: settings.get(serve.grace),
    mostEntryBytes: settings.get(limits.entry_limit),
  };
}

async function listenSettings(
  settings: Config,
  allowRoots: readonly string[],
  profile: ServeProfile,
): Promise<ListenSettings> {
  const isReference = profile === 'reference';
  return {
    host: settings.get(serve.host),
    port: settings.get(serve.port),
    tokens: await tokensOf(settings),
    insecure: settings.get(serve.insecure),
    allowUsers: await uidsOf(settings.get(serve.allow_user)),
    allowRoots,
    corsOrigins: settings.get(serve.cors_origin),
    bareEtags: settings.get(serve.bare_etags) || isReference,
    compatible: isReference,
    allowedHosts: settings.get(serve.allow_host),
    limits: limitsOf(settings),
  };
}

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
