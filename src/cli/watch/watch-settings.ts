import { resolve } from 'node:path';
import type { OnDone } from '../../compose/watch-root.ts';
import type { WatchSettings } from '../../daemon/daemon-settings.ts';
import { sharedRequest } from '../jobs/submit-request.ts';
import type { Config } from '../settings/config.ts';
import { watch } from '../settings/flags.ts';

/** How folders are watched, for `cab watch` and for `cab serve --watch`. */
export function watchSettings(settings: Config, cwd: string): WatchSettings {
  const readySuffix = settings.get(watch.ready_suffix);
  return {
    pattern: settings.get(watch.pattern),
    onDone: onDoneOf(settings.get(watch.on_done), cwd),
    track: settings.get(watch.track),
    recursive: settings.get(watch.recursive),
    ...(readySuffix !== undefined && { readySuffix }),
    settleMs: settings.get(watch.settle),
    polls: settings.get(watch.poll),
    pollMs: settings.get(watch.poll_interval),
    rescanMs: settings.get(watch.rescan),
    request: sharedRequest(settings),
  };
}

function onDoneOf(text: string, cwd: string): OnDone {
  if (text.startsWith('move:')) return { do: 'move', to: resolve(cwd, text.slice('move:'.length)) };
  return { do: text === 'delete' ? 'delete' : 'keep' };
}
