import type { Publisher } from './attempt/publisher.ts';
import type { ResolveRunner } from './runner-pool.ts';
import type { Runner } from '../ports/runner.ts';
import type { Stores } from '../ports/stores.ts';
import type { HashInput } from '../hashing/hash-input.ts';
import type { Logger } from '../../support/logger.ts';

/** All times in milliseconds. */
export interface LocalBrokerOptions {
  /** Closed with the broker. */
  readonly stores: Stores;
  /** The runner of submissions: a spec that `resolveRunner` takes, or `object:NAME`. */
  readonly runner: string;
  readonly resolveRunner: ResolveRunner;
  readonly objects?: Readonly<Record<string, Runner>>;
  /** Of new artifacts; null: the runner's. */
  readonly artifactName: string | null;
  readonly manifestName: string;
  /** Which jobs this process runs: all; those that it submits itself; those and then what dead processes left; none. */
  readonly work: 'all' | 'own' | 'adopt' | 'none';
  readonly concurrency: number;
  readonly leaseMs: number;
  /** What running jobs are given to end at `close`. */
  readonly graceMs: number;
  readonly timeoutMs: number | null;
  readonly maxAttempts: number;
  /** Further attempts, unasked, after something happened to a job: a full disk, a killed runner. 2 where not given. */
  readonly outsideRetries?: number;
  /** Submissions beyond this many pending jobs are refused. */
  readonly queueLimit: number;
  readonly logger?: Logger;
  /** Of runner objects: what a call that was aborted is given to end; 5 seconds where not given. */
  readonly killGraceMs?: number;
  /** What relative paths of requests are relative to; the working directory where not given. */
  readonly cwd?: string;
  /** Where entries are published, given what does it in this thread; there, where not given. */
  readonly publisher?: (here: Publisher) => Publisher;
  /** The database of jobs that name none. Absolute. */
  readonly database?: string | undefined;
  /** How named inputs are hashed; in this thread where not given. */
  readonly hashInput?: HashInput | undefined;
  /** Jobs that name no track get none; else they get that of their file's name. */
  readonly untracked?: boolean | undefined;
  /** Of cab, for manifests. */
  readonly version: string;
}
