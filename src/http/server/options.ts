import { isIPv4 } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import type { Broker } from '../../core/engine/broker.ts';
import { CabError } from '../../core/model/errors.ts';
import type { GcReport } from '../../core/model/gc-report.ts';
import type { LastCheck } from '../../core/model/last-check.ts';
import type { DigestedBody } from '../wire/submission-body.ts';
import type { UnknownFields } from '../wire/submission-members.ts';

/** `read` may ask, `write` may also submit, cancel and retry. */
export type Role = 'read' | 'write';

export interface Token {
  readonly token: string;
  readonly role: Role;
}

/** Times in milliseconds, sizes in bytes. */
export interface Limits {
  /** Body of a submission. */
  readonly bodyBytes: number;
  /** All headers of a request, with its first line. */
  readonly headerBytes: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** A connection without a request, or an answer that the client does not take; 0: for ever. */
  readonly idleMs: number;
  /** Open connections; further ones are closed at once. */
  readonly connections: number;
  /** Waits and streams of events under way; a further wait is answered at once, a further stream is refused. */
  readonly held: number;
  /** Between two signs of life on a stream of events; half of `idleMs` at most. */
  readonly heartbeatMs: number;
  /** What a client is told to wait when the queue is full, in seconds. */
  readonly retryAfterS: number;
}

export interface ServerOptions {
  readonly broker: Broker;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /**
   * Path of a Unix socket to listen at as well, for this user alone: who can open it may do all that the daemon may,
   * and so needs no token and no allowed directory.
   */
  readonly socket?: string;
  /** A pino logger, or one of its kind. */
  readonly logger?: FastifyBaseLogger;
  /** Where there are any, every request needs one, but for `/healthz` and `/readyz`. */
  readonly tokens?: readonly Token[];
  /** Lets everyone in who reaches the address, without a token. */
  readonly insecure?: boolean;
  /**
   * Uids of further users of this machine who may call on loopback without a token, beside the server's own and root. Linux
   * alone tells who calls; elsewhere all may.
   */
  readonly allowUsers?: readonly number[];
  /** Directories that `features_path` and `db_path` may lie in. None: any on loopback, none elsewhere. */
  readonly allowRoots?: readonly string[];
  /** Origins of web pages that may call, such as `https://app.example`. */
  readonly corsOrigins?: readonly string[];
  /** Further names that `Host` may give; where there are any, `Host` is checked on every address. */
  readonly allowedHosts?: readonly string[];
  /** Sends entity tags without quotes, for clients that compare them with a pointer's `etag`. */
  readonly bareEtags?: boolean;
  /**
   * Answers as the reference broker does where cab is stricter: fields that it does not know are ignored, a body may have any
   * type, leading slashes are folded.
   */
  readonly compatible?: boolean;
  /** What relative paths of requests are relative to; must be that of the broker. */
  readonly cwd?: string;
  /** The collections of garbage beside this server, for the metrics; undefined: one that failed. */
  readonly collections?: {
    onEnd(listener: (report: GcReport | undefined) => void): void;
  };
  /** What the last check of the root found, in any process, for the metrics. */
  readonly lastCheck?: () => Promise<LastCheck | undefined>;
  /** The runner of submissions, for the metrics. */
  readonly runner?: string;
  /** Reads and hashes a large body where it holds up nobody; here, where not given. Takes the body over. */
  readonly readBody?: (
    body: Uint8Array,
    unknown: UnknownFields,
    signal: AbortSignal,
  ) => Promise<DigestedBody>;
  /** Whether a job that came now could be taken; throws a CabError where not. Asked by every probe, so it must be cheap. */
  readonly checkReady?: () => Promise<void>;
  /** Of cab. */
  readonly version: string;
  readonly limits: Limits;
}

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
  readonly tokens: readonly Token[];
  /** Uids of processes that may call over TCP; null: those of all. */
  readonly peers: ReadonlySet<number> | null;
  readonly allowRoots: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly bareEtags: boolean;
  /** Which caches may keep artifacts: what takes a token is not for those that many callers share. */
  readonly caches: 'public' | 'private';
  /** Of a submission. */
  readonly unknownFields: UnknownFields;
  /** A body of any type is JSON, if no web page sends it. */
  readonly anyContentType: boolean;
  /** `//echo/…` is `/echo/…`. */
  readonly foldSlashes: boolean;
  readonly cwd: string;
  readonly version: string;
  readonly limits: Limits;
}

/** @throws CabError usage, for an address that others reach and nobody guards */
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

/** A quiet stream of events is no idle answer: it bears a sign of life before it would be closed as one. */
function withBeats(limits: Limits): Limits {
  const { idleMs, heartbeatMs } = limits;
  return idleMs === 0 ? limits : { ...limits, heartbeatMs: Math.min(heartbeatMs, idleMs / 2) };
}

/** Of a name or an address as `Host` or `--host` gives it, IPv6 with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name === '::1' || name === '[::1]') return true;
  return isIPv4(name) && name.startsWith('127.');
}
