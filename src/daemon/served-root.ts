import type { Broker } from '../core/engine/broker.ts';
import type { ServerOptions } from '../http/server/options.ts';
import type { FoldersOptions } from '../watch/watch-folders.ts';

/** A broker that works through the queue. */
export interface WorkingBroker extends Broker {
  /** Runs what is queued, also what nobody of this process submitted. */
  start(): Promise<void>;
  /** Begins no further job; those that run are given their grace, and are handed back to the queue then. */
  stop(): Promise<void>;
  /** Throws a CabError if a job that came now could not be taken. */
  checkReady(): Promise<void>;
}

/** Collections of garbage beside the daemon's work. */
export type Collections = NonNullable<ServerOptions['collections']> & {
  start(): void;
  /** Resolves once none is under way. */
  close(): Promise<void>;
};

/** A root as its daemon works with it. */
export interface ServedRoot extends Pick<ServerOptions, 'readBody' | 'lastCheck'> {
  readonly broker: WorkingBroker;
  readonly watching: Pick<FoldersOptions, 'openSeen' | 'exclude'>;
  /** Undefined where the daemon collects no garbage. */
  readonly collections: Collections | undefined;
  /** Ends what was begun for the root, once its broker is closed. */
  close(): Promise<void>;
}
