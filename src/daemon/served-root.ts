import type { Broker } from '../core/engine/broker.ts';
import type { ServerOptions } from '../http/server/options.ts';
import type { FoldersOptions } from '../watch/watch-folders.ts';

/** A broker that runs the jobs of the queue. */
export interface WorkingBroker extends Broker {
  /** Runs queued jobs, including those that other processes submitted. */
  start(): Promise<void>;
  /** Starts no further job. Running jobs get their grace, and are then handed back to the queue. */
  stop(): Promise<void>;
  /** Throws a CabError if a new job cannot be accepted now. */
  checkReady(): Promise<void>;
}

/** The garbage collection beside the daemon's work. */
export type Collections = NonNullable<ServerOptions['collections']> & {
  start(): void;
  /** Resolves once no run is in progress. */
  close(): Promise<void>;
};

/** A root as its daemon uses it. */
export interface ServedRoot extends Pick<
  ServerOptions,
  'readBody' | 'lastCheck' | 'workers' | 'disk' | 'upkeep' | 'intake' | 'upstreamFigures'
> {
  readonly broker: WorkingBroker;
  readonly watching: Pick<FoldersOptions, 'openSeen' | 'exclude'>;
  /** Undefined if the daemon runs no garbage collection. */
  readonly collections: Collections | undefined;
  /** Closes what was opened for the root, after its broker is closed. */
  close(): Promise<void>;
}
