import { resolve } from 'node:path';
import { isCommand } from '../../compose/kinds/job-kind.ts';
import type { OnDone } from '../../compose/watch-root.ts';
import type { WatchSettings } from '../../daemon/daemon-settings.ts';
import { sharedRequest } from '../jobs/submit-request.ts';
import type { Config } from '../settings/config.ts';
import type { Services } from '../services.ts';
import { job, watch } from '../settings/flags.ts';

/** How folders are watched, for `cab watch` and for `cab serve --watch`. */
export function watchSettings(
  settings: Config,
  { cwd, env }: Pick<Services, 'cwd' | 'env'>,
): WatchSettings {
  const readySuffix = settings.get(watch.ready_suffix);
  return {
    pattern: settings.get(watch.pattern),
    onDone: onDoneOf(settings.get(watch.on_done), cwd),
    track: trackPattern(settings),
    recursive: settings.get(watch.recursive),
    ...(readySuffix !== undefined && { readySuffix }),
    settleMs: settings.get(watch.settle),
    polls: settings.get(watch.poll),
    pollMs: settings.get(watch.poll_interval),
    rescanMs: settings.get(watch.rescan),
    request: sharedRequest(settings, { cwd, env }),
  };
}

/** A command has tracks of its own: the same file may be one of others. */
function trackPattern(settings: Config): string {
  const name = settings.get(job.job);
  const kind = name === undefined ? undefined : settings.recipes.get(name);
  const isOwn = settings.source(watch.track) === 'default' && kind !== undefined;
  return isOwn && isCommand(kind) ? `${name} {name}` : settings.get(watch.track);
}

function onDoneOf(text: string, cwd: string): OnDone {
  if (text.startsWith('move:')) return { do: 'move', to: resolve(cwd, text.slice('move:'.length)) };
  return { do: text === 'delete' ? 'delete' : 'keep' };
}
