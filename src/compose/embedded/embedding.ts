import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { objectSpec } from '../../core/model/job/runner-object.ts';
import type { Runner } from '../../core/ports/runner.ts';
import type { LocalBrokerOptions } from '../../core/engine/local-broker-options.ts';
import type { LocalBroker } from '../../core/engine/local-broker.ts';
import { brokerOnRoot } from '../stores/broker-on-root.ts';
import type { Logger } from '../../support/logger.ts';
import { defaults } from '../defaults.ts';
import { normalizeRunnerSpec, resolveRunner } from '../resolve-runner.ts';
import { embedded, type EmbeddedBroker } from './embedded-broker.ts';
import { checkedBroker } from './checked-broker.ts';
import { checkedIdentity, checkOptions } from './embedding-options.ts';
import { inThread } from '../threads/publishing-thread.ts';
import { isError } from '../../core/model/errors.ts';

/** All times in milliseconds. What is left out is as `cab config` shows it without any setting. */
export interface OpenBrokerOptions {
  /** Directory of the tree; `data/echo_cas` where not given. */
  readonly root?: string;
  /** `memory`: nothing is kept in `root`; all is in this process, and gone when the broker is closed. For tests. */
  readonly store?: 'directory' | 'memory';
  /** A spec as for `--runner`, or an object, which runs in this process. */
  readonly runner?: string | Runner;
  readonly logger?: Logger;
  /** Which jobs this process runs: those that it submits (`own`), those and then what dead processes and `--enqueue` left (`adopt`), all, or none. */
  readonly work?: 'own' | 'adopt' | 'all' | 'none';
  /** Jobs at a time; the number of cores where not given. */
  readonly concurrency?: number;
  readonly artifactName?: string;
  readonly manifestName?: string;
  /** Of a job that gives none itself; none where not given. */
  readonly timeoutMs?: number;
  /** Of a job that gives none itself; 1 where not given. What happens to a job (a full disk) is tried again twice anyway. */
  readonly maxAttempts?: number;
  readonly queueLimit?: number;
  readonly leaseMs?: number;
  /** What running jobs are given to end at `close`. */
  readonly graceMs?: number;
  /** Between the signal that asks a runner's processes to end and the one that ends them. */
  readonly killGraceMs?: number;
  readonly python?: string;
  /** What relative paths are relative to; the working directory where not given. */
  readonly cwd?: string;
}

/**
 * A broker on a root of this machine, working within this process. The caller closes it.
 * Throws usage for an option that makes no sense, runner_not_found or runner_invalid for a runner that cannot be had.
 */
export async function openBroker(options: OpenBrokerOptions = {}): Promise<EmbeddedBroker> {
  checkOptions(options);
  const {
    runner = defaults.runner,
    cwd = process.cwd(),
    python,
    killGraceMs,
    timeoutMs,
    logger,
  } = options;
  const object =
    typeof runner === 'string' ? undefined : { [checkedIdentity(await runner.identify())]: runner };
  const spec =
    typeof runner === 'string'
      ? normalizeRunnerSpec(runner, cwd)
      : objectSpec(Object.keys(object ?? {}).join());
  const root = resolve(cwd, options.root ?? defaults.root);
  const names = {
    artifactName: options.artifactName ?? null,
    manifestName: options.manifestName ?? defaults.manifestName,
  };
  const work = options.work ?? 'own';
  const common = {
    runner: spec,
    ...(object && { objects: object }),
    resolveRunner: (text: string) =>
      resolveRunner(text, {
        cwd,
        root,
        ...(python !== undefined && { python }),
        ...(killGraceMs !== undefined && { killGraceMs }),
      }),
    ...names,
    work,
    concurrency: options.concurrency ?? defaults.concurrency,
    leaseMs: options.leaseMs ?? defaults.leaseMs,
    graceMs: options.graceMs ?? defaults.graceMs,
    timeoutMs: timeoutMs ?? null,
    maxAttempts: options.maxAttempts ?? 1,
    queueLimit: options.queueLimit ?? defaults.queueLimit,
    ...(logger && { logger }),
    ...(killGraceMs !== undefined && { killGraceMs }),
    cwd,
    version: packageVersion(),
  };
  const broker =
    options.store === 'memory'
      ? await inMemory(common)
      : brokerOnRoot({ ...common, root, publisher: inThread({ root, ...names }) });
  if (work === 'all' || work === 'adopt') await started(broker);
  return embedded(checkedBroker(broker));
}

/** Loaded by those alone who ask for it. */
async function inMemory(options: Omit<LocalBrokerOptions, 'stores'>): Promise<LocalBroker> {
  const { brokerInMemory } = await import('../stores/broker-in-memory.ts');
  return brokerInMemory(options);
}

/** What others queued is run without waiting for a submission of this process. */
async function started(broker: LocalBroker): Promise<void> {
  try {
    await broker.start();
  } catch (error) {
    await broker.close();
    throw error;
  }
}

/** The same file from the sources and from the bundle. */
function packageVersion(): string {
  const beside = ['../package.json', '../../../package.json'].map(
    (path) => new URL(path, import.meta.url),
  );
  for (const file of beside) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed)
        return String(parsed.version);
    } catch (error) {
      if (!(isError(error) && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return 'unknown';
}
