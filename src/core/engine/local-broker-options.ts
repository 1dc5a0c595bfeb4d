import type { RetryPolicy } from '../model/job/retry-policy.ts';
import type { Publisher } from './attempt/outcome/publisher.ts';
import type { ResolveRunner } from './runner-pool.ts';
import type { DeclaredInputs } from '../ports/declared-inputs.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { JobKinds } from '../ports/job-kinds.ts';
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
  /** The name of new artifacts; null: the runner's. */
  readonly artifactName: string | null;
  readonly manifestName: string;
  /**
   * Which jobs this process runs. `all`: every job. `own`: jobs that it submits itself. `adopt`: its own, then those of dead
   * processes. `none`: no job.
   */
  readonly work: 'all' | 'own' | 'adopt' | 'none';
  readonly concurrency: number;
  /** What this machine has: jobs that need more are left to others. */
  readonly labels?: readonly string[] | undefined;
  /** The most jobs that this process begins; undefined: any number. */
  readonly mostJobs?: number | undefined;
  readonly leaseMs: number;
  /** How long running jobs have to end at `close`. */
  readonly graceMs: number;
  readonly timeoutMs: number | null;
  readonly maxAttempts: number;
  /** When failed jobs run again. What is not given is as `defaultRetryPolicy` says. */
  readonly retries?: Partial<RetryPolicy>;
  /** While this many jobs are pending, submissions are refused. */
  readonly queueLimit: number;
  /** As `WorkerOptions`. */
  readonly inlineBytes?: number | undefined;
  readonly logger?: Logger;
  /** For runner objects: how long an aborted call has to end. The default is 5 seconds. */
  readonly killGraceMs?: number;
  /** The base of relative paths in requests. The default is the working directory. */
  readonly cwd?: string;
  /** Chooses where entries are published. It gets the publisher of this thread, which is the default. */
  readonly publisher?: (here: Publisher) => Publisher;
  /** The database of jobs that name none. Absolute. */
  readonly database?: string | undefined;
  /** How named inputs are hashed. The default hashes in this thread. */
  readonly hashInput?: HashInput | undefined;
  /** If true, jobs that name no track get none; else they get the track of their file's name. */
  readonly untracked?: boolean | undefined;
  /** Reads the files that jobs declare beside their input. Undefined: such jobs are refused. */
  readonly declaredInputs?: DeclaredInputs | undefined;
  /** The kinds of job that the configuration names. */
  readonly kinds?: JobKinds | undefined;
  /** Shares entries with brokers behind this one. Closed with the broker. Undefined: there is none. */
  readonly exchange?: Exchange | undefined;
  /** The version of cab, for manifests. */
  readonly version: string;
}
