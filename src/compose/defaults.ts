import { availableParallelism } from 'node:os';
import { defaultRetryPolicy } from '../core/model/job/retry-policy.ts';
import { defaultInlineBytes } from '../core/model/entry/light-weight.ts';
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
  inlineBytes: defaultInlineBytes,
  retryDelayMs: defaultRetryPolicy.delayMs,
  retryJitter: defaultRetryPolicy.jitter * 100,
  upstream: { waitMs: 5000, mostBytes: 2 ** 30, closingMs: 600_000 },
  /** Bytes of entries in object storage that a machine keeps. */
  cacheBytes: 10 * 2 ** 30,
  gc: defaultPolicy,
  /** What one caller may ask of a server. Times in milliseconds, sizes in bytes. */
  limits: {
    bodyBytes: 64 << 20,
    headerBytes: 16 << 10,
    headersMs: 15_000,
    requestMs: 300_000,
    idleMs: 60_000,
    connections: 4096,
    held: 1024,
    heartbeatMs: 15_000,
    retryAfterS: 5,
  },
  watch: {
    pattern: '*.features.json',
    recursive: true,
    track: '{stem}',
    settleMs: 500,
    pollMs: 2000,
    rescanMs: 30_000,
  },
} as const;
