import type { Limits, ServerOptions, Token } from '../http/server/options.ts';
import type { FoldersOptions } from '../watch/watch-folders.ts';

export type { Limits, Token };

/** Where a daemon listens, to whom, and what it takes. */
export type ListenSettings = Required<
  Pick<
    ServerOptions,
    | 'host'
    | 'port'
    | 'tokens'
    | 'insecure'
    | 'allowUsers'
    | 'allowRoots'
    | 'corsOrigins'
    | 'allowedHosts'
    | 'bareEtags'
    | 'compatible'
    | 'limits'
  >
>;

/** How folders are watched. */
export type WatchSettings = Omit<FoldersOptions, 'broker' | 'openSeen' | 'exclude' | 'onEvent'>;

/** What a daemon is told. */
export interface DaemonSettings {
  readonly listen: ListenSettings;
  /** Absolute paths of the folders that it watches. */
  readonly folders: readonly string[];
  readonly watch: WatchSettings;
  /** What running jobs and answers under way are given to end, in milliseconds. */
  readonly graceMs: number;
}
