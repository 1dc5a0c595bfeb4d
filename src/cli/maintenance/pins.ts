/** Commands that work on the files of a root in this process, even if a daemon serves it. */
export { withPins } from '../../compose/upkeep/pin-entries.ts';
export { removeTracksOf } from '../../compose/upkeep/remove-tracks.ts';
import { CabError } from '../../core/model/errors.ts';
import { findDaemon } from '../../daemon/find-daemon.ts';
import type { Config } from '../settings/config.ts';
import { daemon, store } from '../settings/flags.ts';

/** The daemon of this root is accepted. A daemon of another root has other files: throws usage. */
export async function refuseElsewhere(settings: Config, command: string): Promise<void> {
  const url = settings.get(daemon.url);
  if (url === undefined || settings.get(daemon.offline)) return;
  const root = settings.get(store.cas_root);
  if ((await findDaemon(root))?.url === url.replace(/\/+$/, '')) return;
  throw new CabError(
    'usage',
    `cab ${command} works on the files of a root, and the daemon at ${url} is not the one of ${root}`,
    {
      hint: `Run it on the daemon's host, with --cas-root; or, if ${root} is meant, with --offline.`,
      details: { url, root },
    },
  );
}
