import type { QueueChoice, StoreChoice } from '../../compose/stores/store-choice.ts';
import type { Config } from './config.ts';
import type { Environment } from './config-trust.ts';
import { store } from './flags.ts';

/** Undefined: the root keeps its entries itself. */
export function storeChoice(settings: Config, env: Environment): StoreChoice | undefined {
  const url = settings.get(store.store);
  if (url === undefined) return undefined;
  return {
    url,
    cache: settings.get(store.local_cache),
    cacheBytes: settings.get(store.local_cache_size),
    env,
  };
}

/** Undefined: the root keeps its jobs itself. */
export function queueChoice(settings: Config): QueueChoice | undefined {
  const url = settings.get(store.queue);
  return url === undefined ? undefined : { url };
}
