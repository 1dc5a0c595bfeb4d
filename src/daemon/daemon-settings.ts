import type { Limits, ServerOptions, Token } from '../http/server/options.ts';
import type { FoldersOptions } from '../watch/watch-folders.ts';

export type { Limits, Token };

/** Where a daemon listens, who may call, and what it accepts. */
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

/** The settings of a daemon. */
export interface DaemonSettings {
  readonly listen: ListenSettings;
  /** Absolute paths of the folders that it watches. */
  readonly folders: readonly string[];
  readonly watch: WatchSettings;
  /** Whether the page is served. */
  readonly page: boolean;
  /** Milliseconds that running jobs and answers in progress have to finish when the daemon closes. */
  readonly graceMs: number;
  /** Bytes of the largest entry that another broker may send. */
  readonly mostEntryBytes: number;
}
