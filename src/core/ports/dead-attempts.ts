/** Whether this attempt of a job is running. */
export type IsLive = (job_id: string, attempt: number) => Promise<boolean>;

export interface SweptLeftovers {
  /** Directories of attempts. */
  readonly staging: number;
  /** Files that were on their way to their place. */
  readonly temporary: number;
}

/**
 * What workers of this machine left behind that were killed: directories of attempts, files on their way, and processes
 * that their runners started. What cannot be removed is told and passed over: the next sweep tries again.
 * Implementations join by passing test/contract/dead-attempts.ts.
 */
export interface DeadAttempts {
  /** Ends what an attempt still runs whose worker is gone; to be called before its job runs again. Idempotent. */
  endProcesses(job_id: string, attempt: number): Promise<void>;

  /** Takes away all whose attempt is not live, processes first. Safe beside other workers and other sweeps. */
  sweep(isLive: IsLive): Promise<SweptLeftovers>;

  /** The directories that `sweep` would take away, by name. Touches nothing. */
  list(isLive: IsLive): Promise<readonly string[]>;
}
