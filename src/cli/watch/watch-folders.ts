/** Watched folders, for `cab watch` and for `cab serve --watch`: from settings to watchers, and what they say. */
import { join, resolve } from 'node:path';
import type { Broker } from '../../core/engine/broker.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { CabError } from '../../core/model/errors.ts';
import type { PathFence } from '../../support/files/path-fence.ts';
import type {
  OnDone,
  Watcher,
  WatchEvent,
  WatchOptions,
  WatchStatus,
} from '../../watch/watcher.ts';
import type { Config } from '../settings/config.ts';
import { store } from '../settings/flags.ts';
import { sharedRequest } from '../jobs/submit-request.ts';
import { watch } from '../settings/watch-flags.ts';

export interface WatchFoldersOptions {
  readonly broker: Broker;
  readonly folders: readonly string[];
  readonly settings: Config;
  readonly cwd: string;
  /** As `WatchOptions`. */
  readonly fence?: PathFence | undefined;
  readonly onEvent?: (event: WatchEvent) => void;
}

export interface WatchedFolders {
  /** Of all folders together. */
  status(): Promise<WatchStatus>;
  /** Rejects where one of them cannot go on; resolves once all are closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Throws what `watchFolder` throws; then none is watched. */
export async function watchFolders(options: WatchFoldersOptions): Promise<WatchedFolders> {
  // The first may hand in files before the last is looked at.
  await checkFolders(options);
  const { watchFolder } = await import('../../watch/watch-folder.ts');
  const watchers: Watcher[] = [];
  try {
    for (const folder of options.folders)
      watchers.push(await watchFolder(watchOptions(folder, options)));
  } catch (error) {
    await closeAll(watchers);
    throw error;
  }
  const ended = Promise.all(watchers.map((watcher) => watcher.ended)).then(() => undefined);
  ended.catch(() => undefined);
  return {
    status: async () => sum(await Promise.all(watchers.map((watcher) => watcher.status()))),
    ended,
    close: () => closeAll(watchers),
  };
}

/** Throws what `watchFolder` throws for what it is told, whoever else watches; usage where the fence lets none of its files in. */
export async function checkFolders({
  folders,
  settings,
  cwd,
  fence,
}: Pick<WatchFoldersOptions, 'folders' | 'settings' | 'cwd' | 'fence'>): Promise<void> {
  if (folders.length === 0) return;
  const { placesOf } = await import('../../watch/folder-place.ts');
  for (const folder of folders) {
    const places = await placesOf(whereOf(folder, settings, cwd));
    if (fence === undefined || (await fence.admits(join(places.folder, 'any')))) continue;
    throw new CabError('usage', `--watch: ${folder} lies outside of what --allow-root names`, {
      hint: `Name it too: --allow-root ${folder}`,
    });
  }
}

function watchOptions(folder: string, options: WatchFoldersOptions): WatchOptions {
  const { broker, settings, cwd, fence, onEvent } = options;
  const readySuffix = settings.get(watch.ready_suffix);
  return {
    ...whereOf(folder, settings, cwd),
    broker,
    fence,
    seenFile: layoutOf(settings.get(store.cas_root)).watched,
    track: settings.get(watch.track),
    recursive: settings.get(watch.recursive),
    ...(readySuffix !== undefined && { readySuffix }),
    settleMs: settings.get(watch.settle),
    ...(settings.get(watch.poll) && { pollMs: settings.get(watch.poll_interval) }),
    rescanMs: settings.get(watch.rescan),
    request: sharedRequest(settings),
    ...(onEvent && { onEvent }),
  };
}

function whereOf(folder: string, settings: Config, cwd: string) {
  const { entries, private: own } = layoutOf(settings.get(store.cas_root));
  return {
    folder: resolve(cwd, folder),
    pattern: settings.get(watch.pattern),
    onDone: onDoneOf(settings.get(watch.on_done), cwd),
    // Artifacts are no input, where the store lies within the folder.
    exclude: [entries, own],
  };
}

function onDoneOf(text: string, cwd: string): OnDone {
  if (text.startsWith('move:')) return { do: 'move', to: resolve(cwd, text.slice('move:'.length)) };
  return { do: text === 'delete' ? 'delete' : 'keep' };
}

async function closeAll(watchers: readonly Watcher[]): Promise<void> {
  await Promise.all(watchers.map((watcher) => watcher.close()));
}

const sum = (statuses: readonly WatchStatus[]): WatchStatus => ({
  mode: statuses.some(({ mode }) => mode === 'polling') ? 'polling' : 'events',
  waiting: total(statuses, 'waiting'),
  running: total(statuses, 'running'),
  done: total(statuses, 'done'),
  failed: total(statuses, 'failed'),
});

const total = (
  statuses: readonly WatchStatus[],
  of: 'waiting' | 'running' | 'done' | 'failed',
): number => statuses.reduce((so, status) => so + status[of], 0);
