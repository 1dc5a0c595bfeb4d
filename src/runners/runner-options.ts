/** What a process lends to every runner that it resolves. */
export interface RunnerOptions {
  /** Where relative paths in the spec begin. */
  readonly cwd: string;
  /** Inherited by what the runner starts, but for cab's own secrets; `process.env` where not given. */
  readonly env?: NodeJS.ProcessEnv;
  /** The interpreter of Python runners; `python3` where not given. */
  readonly python?: string;
  /** Between the signal that asks a runner to end and the one that ends it; 5000 where not given. */
  readonly killGraceMs?: number;
  /** Heap of the thread that runs a module, in MiB; Node's own limit where not given. */
  readonly maxHeapMb?: number;
}

/** The options with their defaults, for the form that a spec turned out to be. */
export interface ResolvedOptions extends Required<Omit<RunnerOptions, 'maxHeapMb' | 'cwd'>> {
  readonly maxHeapMb: number | undefined;
}

/** What a runner says of itself that takes no probe arguments of its own and no input amiss. */
export const plainRunner = {
  configure: <T>(probe: T): T => probe,
  accept: async (): Promise<void> => {},
  volatileFields: [],
} as const;
