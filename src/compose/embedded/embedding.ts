import { resolve } from 'node:path';
import { objectSpec } from '../../core/model/runner/runner-object.ts';
import type { Runner } from '../../core/ports/runner.ts';
import type { LocalBrokerOptions } from '../../core/engine/local-broker-options.ts';
import type { LocalBroker } from '../../core/engine/local-broker.ts';
import {
  brokerOnRoot,
  openSharedRoot,
  type BrokerOnRootOptions,
} from '../stores/broker-on-root.ts';
import { resultsOf } from '../stores/results-of.ts';
import type { RootPlace, StoreChoice } from '../stores/store-choice.ts';
import type { Logger } from '../../support/logger.ts';
import { defaults } from '../defaults.ts';
import { normalizeRunnerSpec, resolveRunner } from '../resolve-runner.ts';
import { connected, type EmbeddedBroker } from './embedded-broker.ts';
import { maintenance, type MaintainedStore } from './maintenance.ts';
import { checkedBroker } from './checked-broker.ts';
import { checkedIdentity, checkOptions } from './embedding-options.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import { embeddedUpstream, type EmbeddedUpstreamOptions } from '../upstream/embedded-upstream.ts';
import { publishing } from '../threads/publishing-thread.ts';
import { packageVersion } from './package-version.ts';

/** Options of `openBroker`. Times are in milliseconds. An option that is left out has the default that `cab config` shows. */
export interface OpenBrokerOptions extends EmbeddedUpstreamOptions {
  /** Directory of the root; by default `data/echo_cas`. */
  readonly root?: string;
  /**
   * `s3://bucket/prefix`: entries and pointers are in object storage. `memory`: everything is in this
   * process and gone when the broker is closed; `root` is not used. For tests.
   */
  readonly store?: 'directory' | 'memory' | `s3://${string}`;
  /** `postgres://user:password@server/database`: jobs are there, shared with other machines; by default in the root. */
  readonly queue?: `postgres://${string}`;
  /** Folder that keeps entries of object storage on this machine; by default within the root. */
  readonly localCache?: string;
  /** Bytes that the folder keeps. */
  readonly localCacheBytes?: number;
  /** A spec as for `--runner`, or an object, which runs in this process. */
  readonly runner?: string | Runner;
  readonly logger?: Logger;
  /** Which jobs this process runs. `own`: those that it submits. `adopt`: those, then jobs that dead processes and `--enqueue` left. `all`: also jobs that others queue. `none`. */
  readonly work?: 'own' | 'adopt' | 'all' | 'none';
  /** Jobs at the same time; by default the number of cores. */
  readonly concurrency?: number;
  /** What this machine has; jobs that need other labels are left to other workers. */
  readonly labels?: readonly string[];
  readonly artifactName?: string;
  readonly manifestName?: string;
  /** Time limit of a job that sets none; by default there is none. */
  readonly timeoutMs?: number;
  /** Attempts of a job that sets none; by default 1. Failures from outside (a full disk) are tried again twice anyway. */
  readonly maxAttempts?: number;
  readonly queueLimit?: number;
  /** Bytes: the largest result that the job store makes durable before its files are flushed. 4 MiB at most, 256 KiB by default; 0: none. */
  readonly inlineBytes?: number;
  readonly leaseMs?: number;
  /** Time that running jobs have to end at `close`. */
  readonly graceMs?: number;
  /** Time between the signal that asks a runner's processes to end and the one that kills them. */
  readonly killGraceMs?: number;
  readonly python?: string;
  /** Base of relative paths; by default the working directory. */
  readonly cwd?: string;
}

/**
 * Opens a broker on a root of this machine, which works in this process. The caller closes it.
 * Throws usage for an invalid option, runner_not_found or runner_invalid for the runner.
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
  const upstream = embeddedUpstream(options);
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
    labels: options.labels,
    leaseMs: options.leaseMs ?? defaults.leaseMs,
    graceMs: options.graceMs ?? defaults.graceMs,
    timeoutMs: timeoutMs ?? null,
    maxAttempts: options.maxAttempts ?? 1,
    queueLimit: options.queueLimit ?? defaults.queueLimit,
    inlineBytes: options.inlineBytes,
    ...(logger && { logger }),
    ...(killGraceMs !== undefined && { killGraceMs }),
    cwd,
    version: packageVersion(),
  };
  const { broker, maintained } =
    options.store === 'memory'
      ? await inMemory(common, upstream)
      : await onRoot({
          ...common,
          ...names,
          root,
          upstream,
          store: storeOf(options, cwd),
          ...queueOf(options),
        });
  if (work === 'all' || work === 'adopt') await started(broker);
  return { ...connected(checkedBroker(broker)), ...maintenance(maintained) };
}

interface Opened {
  readonly broker: LocalBroker;
  /** Loads what maintains the root. */
  readonly maintained: () => Promise<MaintainedStore>;
}

async function onRoot(options: BrokerOnRootOptions): Promise<Opened> {
  const { root, store, queue, artifactName, manifestName, version } = options;
  const named = { root, store, queue, artifactName, manifestName };
  const opened = openSharedRoot(options, await resultsOf(named));
  return {
    broker: brokerOnRoot({ ...options, ...publishing(named) }, opened),
    maintained: async () => {
      const { maintainDirectory } = await import('./maintain-directory.ts');
      return maintainDirectory(named, version);
    },
  };
}

function storeOf(
  { store = 'directory', localCache, localCacheBytes = defaults.cacheBytes }: OpenBrokerOptions,
  cwd: string,
): StoreChoice | undefined {
  if (store === 'directory' || store === 'memory') return undefined;
  const cache = localCache === undefined ? undefined : resolve(cwd, localCache);
  return { url: store, cache, cacheBytes: localCacheBytes, env: process.env };
}

const queueOf = ({ queue }: OpenBrokerOptions): Pick<RootPlace, 'queue'> =>
  queue === undefined ? {} : { queue: { url: queue } };

/** Loaded only if it is used. */
async function inMemory(
  options: Omit<LocalBrokerOptions, 'stores' | 'exchange'>,
  upstream: UpstreamOptions | undefined,
): Promise<Opened> {
  const { brokerInMemory } = await import('../stores/broker-in-memory.ts');
  const { broker, ...place } = await brokerInMemory(options, upstream);
  return {
    broker,
    maintained: async () => {
      const { maintainMemory } = await import('./maintain-memory.ts');
      return maintainMemory(place, options.version);
    },
  };
}

/** Jobs of others run at once, without a submission of this process. */
async function started(broker: LocalBroker): Promise<void> {
  try {
    await broker.start();
  } catch (error) {
    await broker.close();
    throw error;
  }
}
