/** What a process provides to every runner that it resolves. */
export interface RunnerOptions {
  /** The directory that relative paths in the spec start from. */
  readonly cwd: string;
  /** The environment that runners inherit, without cab's own secrets; `process.env` if not given. */
  readonly env?: NodeJS.ProcessEnv;
  /** The interpreter of Python runners; `python3` if not given. */
  readonly python?: string;
  /** Milliseconds between the signal that asks a runner to end and the one that kills it; 5000 if not given. */
  readonly killGraceMs?: number;
  /** Heap of the thread that runs a module, in MiB; Node's own limit if not given. */
  readonly maxHeapMb?: number;
}

/** The options with their defaults. */
export interface ResolvedOptions extends Required<Omit<RunnerOptions, 'maxHeapMb' | 'cwd'>> {
  readonly maxHeapMb: number | undefined;
}

/** The members of a runner that has no probe arguments of its own and refuses no input. */
export const plainRunner = {
  configure: <T>(probe: T): T => probe,
  accept: async (): Promise<void> => {},
  volatileFields: [],
} as const;

/** The environment that a runner inherits, with the variables that a job declares; null: not set. */
export function withDeclared(
  env: NodeJS.ProcessEnv,
  declared: Readonly<Record<string, string | null>> = {},
): NodeJS.ProcessEnv {
  const all = Object.entries<string | null | undefined>({ ...env, ...declared });
  return Object.fromEntries(all.flatMap(([name, value]) => (value == null ? [] : [[name, value]])));
}
