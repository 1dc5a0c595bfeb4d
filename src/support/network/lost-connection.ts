/** Tells a lost connection, after which a request may be repeated, from an error of the request itself. */
import { errnoOf } from '../../core/model/errors.ts';

const broken: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  // By cab's own close.
  'UND_ERR_DESTROYED',
]);

/** Codes that show that no part of the request was sent. */
const refused: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  // For a Unix socket: its file is gone, or belongs to another user.
  'ENOENT',
  'ENOTSOCK',
  'EACCES',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** OpenSSL's codes if trust cannot be established. */
const distrusted = /^(CERT_|DEPTH_ZERO_|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_)/;

/** Whether the other side could not prove who it is. */
export const isDistrusted = (error: unknown): boolean => distrusted.test(errnoOf(error) ?? '');

export const isRefused = (error: unknown): boolean =>
  refused.has(errnoOf(error) ?? '') || isDistrusted(error);

/** Whether the connection failed, not the request. */
export const isLost = (error: unknown): boolean =>
  isRefused(error) || broken.has(errnoOf(error) ?? '');
