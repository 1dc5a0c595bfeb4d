/**
 * The folders of `cab serve --watch`. If a watcher fails, the log reports it, and the watcher starts again after a
 * pause. Ending the daemon would cost its callers more than one folder that is not watched for a while.
 */
import { isCabError } from '../core/model/errors.ts';
import type { Logger } from '../support/logger.ts';
import { pause } from '../support/time/pause.ts';
import { watchFolders, type FoldersOptions, type WatchedFolders } from '../watch/watch-folders.ts';
import { watchedLog } from './watched-log.ts';

export interface ServedFoldersOptions {
  /** Absolute paths. */
  readonly folders: readonly string[];
  readonly watch: Omit<FoldersOptions, 'onEvent'>;
  readonly logger: Logger;
  /** Milliseconds until a failed watcher starts again; half a minute if not given. */
  readonly pauseMs?: number;
}

/** Throws what `watchFolder` throws; then no folder is watched. Later failures are logged, not thrown. */
export async function serveFolders(
  options: ServedFoldersOptions,
): Promise<{ close: () => Promise<void> }> {
  const onEvent = watchedLog(options.logger);
  const stop = new AbortController();
  const kept: Promise<void>[] = [];
  const close = async (): Promise<void> => {
    stop.abort();
    await Promise.all(kept);
  };
  try {
    for (const folder of options.folders) {
      const watch = () => watchFolders([folder], { ...options.watch, onEvent });
      const first = await watch();
      kept.push(keepWatching(folder, first, watch, stop.signal, options));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

/** Resolves once the signal is aborted and the folder is no longer watched. */
async function keepWatching(
  folder: string,
  first: WatchedFolders,
  again: () => Promise<WatchedFolders>,
  signal: AbortSignal,
  { logger, pauseMs = 30_000 }: ServedFoldersOptions,
): Promise<void> {
  for (let watch = async () => first; !signal.aborted; watch = again) {
    try {
      await untilClosed(await watch(), signal);
    } catch (error) {
      const hint = isCabError(error) ? error.hint : undefined;
      const facts = { folder, err: error, hint, again_after_s: pauseMs / 1000 };
      logger.error(facts, `the watcher of ${folder} failed`);
      await pause(pauseMs, signal);
    }
  }
}

async function untilClosed(watched: WatchedFolders, signal: AbortSignal): Promise<void> {
  const close = (): void => void watched.close();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
    await watched.ended;
  } finally {
    signal.removeEventListener('abort', close);
  }
}
