import { isIPv4 } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import type { Broker } from '../../core/engine/broker.ts';
import type { UpstreamFigures } from '../../core/model/report/upstream-figures.ts';
import type { FoundEntry } from '../../core/ports/entry-store.ts';
import type { ArrivingFile } from '../../core/ports/workspace.ts';
import { CabError } from '../../core/model/errors.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { EntryDetail } from '../../core/model/report/entry-detail.ts';
import type { GcReport } from '../../core/model/report/gc-report.ts';
import type { LastCheck } from '../../core/model/report/last-reports.ts';
import type { GcPlan, RootReports } from '../../core/model/report/root-reports.ts';
import type { DiskSpace } from '../../support/files/disk-space.ts';
import type { DigestedBody } from '../wire/submission-body.ts';
import type { UnknownFields } from '../wire/submission-members.ts';
import type { Limits } from './connection/limits.ts';
import type { Token } from './guard/token.ts';

export type { Limits } from './connection/limits.ts';
export type { Role, Token } from './guard/token.ts';

/** The workers of a daemon. */
export interface Workers {
  /** How many jobs run at the same time. */
  readonly concurrency: number;
  readonly isPaused: boolean;
  /** Paused workers take no job; what runs goes on. Not remembered when the daemon ends. */
  setPaused(paused: boolean): Promise<void>;
}

/** What is known of a root beside its jobs. */
export interface Upkeep {
  /** Throws not_found, manifest_invalid, store_unreadable, queue_unreadable. */
  entry(key: EntryKey): Promise<EntryDetail>;
  reports(): Promise<RootReports>;
  /** Looks at all entries, which takes long in a large root. Throws as garbage collection. */
  gcPlan(): Promise<GcPlan>;
}

/** Takes entries that other brokers send. */
export interface EntryIntake {
  /** Keeps a file for the manifest that names it. Throws entry_exists, invalid_request, body_too_large, server_busy. */
  file(
    key: EntryKey,
    path: string,
    file: ArrivingFile,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Publishes the entry. Throws entry_exists, invalid_request, files_missing, server_busy. */
  manifest(
    key: EntryKey,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: 'published' | 'stands'; readonly entry: FoundEntry }>;
}

export interface ServerOptions {
  readonly broker: Broker;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /**
   * Path of a Unix socket to listen at as well, for this user alone. Whoever can open it may do everything that the
   * daemon may, so it needs no token and no allowed directory.
   */
  readonly socket?: string;
  /** A pino logger, or a compatible one. */
  readonly logger?: FastifyBaseLogger;
  /** If there are any, every request needs one, except `/healthz` and `/readyz`. */
  readonly tokens?: readonly Token[];
  /** Admits everyone who reaches the address, without a token. */
  readonly insecure?: boolean;
  /**
   * Uids of other users of this machine who may call on loopback without a token, besides the server's own user and
   * root. Only Linux tells which user calls; on other systems all may call.
   */
  readonly allowUsers?: readonly number[];
  /**
   * Directories that `features_path` and `db_path` may lie in. If empty: any directory on loopback,
   * none on other addresses.
   */
  readonly allowRoots?: readonly string[];
  /** Origins of web pages that may call, for example `https://app.example`. */
  readonly corsOrigins?: readonly string[];
  /** Further names that `Host` may have. If there are any, `Host` is checked on every address. */
  readonly allowedHosts?: readonly string[];
  /** Sends entity tags without quotes, for clients that compare them with a pointer's `etag`. */
  readonly bareEtags?: boolean;
  /**
   * Answers as the reference broker does in cases in which cab is stricter: unknown fields are ignored, a body may
   * have any type, and leading slashes are folded.
   */
  readonly compatible?: boolean;
  /** The directory that relative paths of requests start from. It must be the broker's. */
  readonly cwd?: string;
  /** The garbage collection beside this server, for the metrics. An undefined report: the run failed. */
  readonly collections?: {
    onEnd(listener: (report: GcReport | undefined) => void): void;
  };
  /** The workers that run jobs beside this server, if it may pause them. */
  readonly workers?: Workers;
  /** The file system of the root; null if it cannot be asked. */
  readonly disk?: () => Promise<DiskSpace | null>;
  /** Tells about the root beside its jobs. */
  readonly upkeep?: Upkeep;
  /** Undefined: this server takes no entries. */
  readonly intake?: EntryIntake;
  /** For the metrics; undefined if there is no upstream. */
  readonly upstreamFigures?: () => UpstreamFigures;
  /** What the last check of the root found, in any process, for the metrics. */
  readonly lastCheck?: () => Promise<LastCheck | undefined>;
  /** The runner of submissions, for the metrics. */
  readonly runner?: string;
  /**
   * Reads and hashes a large body without blocking other requests, and takes ownership of it. If not given, the body
   * is read in this thread.
   */
  readonly readBody?: (
    body: Uint8Array,
    unknown: UnknownFields,
    signal: AbortSignal,
  ) => Promise<DigestedBody>;
  /** Throws a CabError if a new job cannot be accepted now. Every probe calls it, so it must be cheap. */
  readonly checkReady?: () => Promise<void>;
  /** The folder of the built page. If not given, no page is served. */
  readonly page?: string;
  /** cab's version. */
  readonly version: string;
  readonly limits: Limits;
}

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
  readonly tokens: readonly Token[];
  /** Uids of processes that may call over TCP; null: all. */
  readonly peers: ReadonlySet<number> | null;
  readonly allowRoots: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly bareEtags: boolean;
  /** Which caches may keep artifacts. If a token is needed, caches that many callers share may not. */
  readonly caches: 'public' | 'private';
  /** How to treat unknown fields of a submission. */
  readonly unknownFields: UnknownFields;
  /** Whether a body of any type counts as JSON, if no web page sends it. */
  readonly anyContentType: boolean;
  /** Whether `//echo/…` is read as `/echo/…`. */
  readonly foldSlashes: boolean;
  readonly cwd: string;
  readonly version: string;
  readonly limits: Limits;
}

/** @throws CabError usage, for an address that others can reach without a token */
export function settingsOf(options: Omit<ServerOptions, 'broker'>): Settings {
  const { host, port, tokens = [] } = options;
  const isLoopback = isLoopbackHost(host);
  if (!isLoopback && tokens.length === 0 && options.insecure !== true)
    throw new CabError('usage', `${host} can be reached from elsewhere, and no token is set`, {
      hint: 'Set a token, or say that it may be open to all.',
      details: { field: 'tokens', host },
    });
  if (tokens.some(({ token }) => token.trim() === ''))
    throw new CabError('usage', 'a token is empty');
  return {
    host,
    port,
    isLoopback,
    tokens,
    peers: isLoopback && tokens.length === 0 ? peersOf(options) : null,
    allowRoots: options.allowRoots ?? [],
    corsOrigins: options.corsOrigins ?? [],
    allowedHosts: options.allowedHosts ?? [],
    bareEtags: options.bareEtags ?? false,
    caches: tokens.length > 0 ? 'private' : 'public',
    unknownFields: options.compatible === true ? 'ignored' : 'refused',
    anyContentType: options.compatible === true,
    foldSlashes: options.compatible === true,
    cwd: options.cwd ?? process.cwd(),
    version: options.version,
    limits: withBeats(options.limits),
  };
}

function peersOf({
  insecure,
  allowUsers = [],
}: Pick<ServerOptions, 'insecure' | 'allowUsers'>): ReadonlySet<number> | null {
  const own = process.geteuid?.();
  return insecure === true || own === undefined ? null : new Set([0, own, ...allowUsers]);
}

/** Keeps a quiet event stream open: it sends a comment before it would be closed as idle. */
function withBeats(limits: Limits): Limits {
  const { idleMs, heartbeatMs } = limits;
  return idleMs === 0 ? limits : { ...limits, heartbeatMs: Math.min(heartbeatMs, idleMs / 2) };
}

/** Takes a name or an address as in `Host` or `--host`, IPv6 with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name === '::1' || name === '[::1]') return true;
  return isIPv4(name) && name.startsWith('127.');
}
