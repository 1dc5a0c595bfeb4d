/** Serves a broker over HTTP in a server of the program. */
import type { RequestListener } from 'node:http';
import * as z from 'zod/mini';
import type { Broker } from '../../core/engine/broker.ts';
import { CabError } from '../../core/model/errors.ts';
import { issueOf } from '../../core/model/json/issue.ts';
import type { Limits } from '../../http/server/connection/limits.ts';
import type { Token } from '../../http/server/guard/token.ts';
import type { ServerOptions } from '../../http/server/options.ts';
import type { Logger } from '../../support/logger.ts';
import { builtFile } from '../../support/thread/built-file.ts';
import { defaults } from '../defaults.ts';
import { given, hasMethods, logger } from './checked.ts';
import { packageVersion } from './package-version.ts';

/** Who may call, and for what. The rules are those of `cab serve`. */
export interface MountOptions {
  /**
   * The address that the server listens at; by default `127.0.0.1`. Then callers are processes of this user on this machine, and
   * connections to any other address are refused. Another address needs tokens.
   */
  readonly host?: string | undefined;
  /** Text counts as a token with the role `write`. If there are any, every request needs one, except `/healthz` and `/readyz`. */
  readonly tokens?: readonly (Token | string)[] | undefined;
  /** True: everyone who reaches the address may call, without a token. */
  readonly insecure?: boolean | undefined;
  /** Uids of other users of this machine who may call on loopback without a token. */
  readonly allowUsers?: readonly number[] | undefined;
  /** Directories that paths in a request may lie in. If empty: any directory on loopback, none on another address. */
  readonly allowRoots?: readonly string[] | undefined;
  /** Origins of web pages that may call, for example `https://app.example`. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Further names that the header `Host` may have. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** True: serves the page for browsers at `/ui/`. By default false. */
  readonly page?: boolean | undefined;
  /** Bytes of a submission, waits at the same time, and so on; a limit that is left out has the default of `cab serve`. */
  readonly limits?: Partial<MountLimits> | undefined;
  readonly logger?: Logger | undefined;
  /** Base of relative paths in requests; by default the working directory. */
  readonly cwd?: string | undefined;
}

/** Limits that a request meets. Those of connections are the server's own. */
export type MountLimits = Pick<
  Limits,
  'bodyBytes' | 'idleMs' | 'held' | 'heartbeatMs' | 'retryAfterS'
>;

/** A request listener. It answers every request that it is given, with `not_found` for what is not cab's. */
export interface MountedBroker extends RequestListener {
  /** Ends waits and event streams, and answers nothing more. The server and the broker stay open. */
  close(): Promise<void>;
}

/** @throws CabError usage for an option that makes no sense, or an address that others can reach without a token */
export async function mountBroker(
  broker: Broker,
  options: MountOptions = {},
): Promise<MountedBroker> {
  checkOptions(broker, options);
  const { host = '127.0.0.1', tokens = [], limits, logger, page = false, ...rules } = options;
  const { mountServer } = await import('../../http/server/server.ts');
  const { handle, close } = await mountServer({
    ...given(rules),
    ...{ broker, host, version: packageVersion(), limits: { ...defaults.limits, ...limits } },
    tokens: tokens.map((token) =>
      typeof token === 'string' ? { token, role: 'write' as const } : token,
    ),
    ...(logger && { logger: requestLogger(logger) }),
    ...(page && { page: builtFile('ui') }),
  });
  return Object.assign<RequestListener, Pick<MountedBroker, 'close'>>(handle, {
    close: () => close(0),
  });
}

/** With the methods that the server calls beside those of a logger of cab. */
function requestLogger(logger: Logger): NonNullable<ServerOptions['logger']> {
  const whole: NonNullable<ServerOptions['logger']> = {
    level: 'info',
    trace: () => undefined,
    debug: (...said: unknown[]) => logger.debug(...told(said)),
    info: (...said: unknown[]) => logger.info(...told(said)),
    warn: (...said: unknown[]) => logger.warn(...told(said)),
    error: (...said: unknown[]) => logger.error(...told(said)),
    fatal: (...said: unknown[]) => logger.error(...told(said)),
    silent: () => undefined,
    child: () => whole,
  };
  return whole;
}

/** A message may come alone, or after facts. */
function told([first, message]: unknown[]): [object, string] {
  if (typeof first === 'object' && first !== null)
    return [first, typeof message === 'string' ? message : ''];
  return [{}, String(first)];
}

const texts = z.optional(z.array(z.string().check(z.minLength(1))));
const count = z.optional(z.number().check(z.minimum(0)));
const flag = z.optional(z.boolean());

const schema = z.strictObject({
  broker: z.custom((value) => hasMethods(value, ['submit', 'wait']), 'expected a broker'),
  host: z.optional(z.string().check(z.minLength(1))),
  tokens: z.optional(
    z.array(
      z.union(
        [z.string(), z.object({ token: z.string(), role: z.enum(['read', 'write']) })],
        'expected a token, or {token, role}',
      ),
    ),
  ),
  ...{ insecure: flag, page: flag, allowRoots: texts, corsOrigins: texts, allowedHosts: texts },
  allowUsers: z.optional(z.array(z.int().check(z.minimum(0)))),
  limits: z.optional(
    z.strictObject({
      ...{ bodyBytes: count, idleMs: count, held: count, heartbeatMs: count, retryAfterS: count },
    }),
  ),
  logger,
  cwd: z.optional(z.string()),
});

function checkOptions(broker: unknown, options: object): void {
  const parsed = schema.safeParse({ ...options, broker });
  if (parsed.success) return;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError('usage', `mountBroker: ${field || 'options'}: ${problem}`, {
    hint: 'docs/reference/library.md lists the options.',
    details: { option: field },
  });
}
