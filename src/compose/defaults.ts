import { availableParallelism } from 'node:os';
import { defaultPolicy } from '../core/maintenance/gc/policy.ts';
import { defaultKillGraceMs } from '../support/process/process-tree.ts';

/** Defaults of settings, for the command line and for programs that embed cab. */
export const defaults = {
  root: 'data/echo_cas',
  manifestName: 'manifest.json',
  runner: 'historical-echo',
  python: 'python3',
  concurrency: availableParallelism(),
  graceMs: defaultKillGraceMs,
  leaseMs: 30_000,
  queueLimit: 100_000,
  upstream: { waitMs: 5000, mostBytes: 2 ** 30, closingMs: 600_000 },
  gc: defaultPolicy,
  watch: {
    pattern: '*.features.json',
    recursive: true,
    track: '{stem}',
    settleMs: 500,
    pollMs: 2000,
    rescanMs: 30_000,
  },
} as const;
