import { resolve } from 'node:path';
import { watchRoot } from '../../compose/watch-root.ts';
import type { Broker } from '../../core/engine/broker.ts';
import type { Config } from '../settings/config.ts';
import type { Services } from '../services.ts';
import { store, watch } from '../settings/flags.ts';
import { watchSettings } from './watch-settings.ts';
import { WatchView } from './watch-view.ts';

export interface WatchUntilOptions {
  readonly broker: Broker;
  readonly folders: readonly string[];
  readonly settings: Config;
  readonly services: Services;
  readonly json: boolean;
}

/**
 * Watches and shows what happens; the watchers are closed before this ends, so that the broker can be.
 * Throws the signal's reason once it is aborted, and what a watcher fails with.
 */
export async function watchUntil(signal: AbortSignal, options: WatchUntilOptions): Promise<never> {
  const { broker, folders, settings, services, json } = options;
  const view = new WatchView({ folders, pattern: settings.get(watch.pattern), json, services });
  const onEvent = view.tell.bind(view);
  const { cwd } = services;
  const paths = folders.map((folder) => resolve(cwd, folder));
  const how = { ...watchSettings(settings, services), broker, onEvent };
  const watched = await watchRoot(settings.get(store.cas_root), paths, how);
  const close = (): void => void watched.close();
  try {
    view.follow(watched);
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    await watched.ended;
  } finally {
    signal.removeEventListener('abort', close);
    await watched.close();
    view.close();
  }
  throw signal.reason as Error;
}
