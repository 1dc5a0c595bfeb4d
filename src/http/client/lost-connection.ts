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
  // By our own close.
  'UND_ERR_DESTROYED',
]);

/** Nothing of the request has gone out. */
const refused: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  // Of a Unix socket: its file is gone, or belongs to another.
  'ENOENT',
  'ENOTSOCK',
  'EACCES',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Trust cannot be established; named by OpenSSL's own words. */
const distrusted = /^(CERT_|DEPTH_ZERO_|ERR_SSL_|ERR_TLS_|SELF_SIGNED_|UNABLE_TO_)/;

export function isRefused(error: unknown): boolean {
  const code = errnoOf(error) ?? '';
  return refused.has(code) || distrusted.test(code);
}

/** The connection failed, not the request. */
export const isLost = (error: unknown): boolean =>
  isRefused(error) || broken.has(errnoOf(error) ?? '');
