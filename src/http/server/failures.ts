import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { CabError, errnoOf, isError } from '../../core/model/errors.ts';
import type { Services } from './endpoint.ts';
import { problemOf } from '../wire/error-codec.ts';
import { problemType } from '../wire/protocol.ts';

/** Answers a failure as a problem document. */
export function sendFailure(
  failure: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  services: Pick<Services, 'metrics' | 'settings'>,
): FastifyReply {
  const { status, headers, body } = failureAnswer(failure, services, request.log);
  return reply.code(status).removeHeader('etag').headers(headers).send(body);
}

interface FailureAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer for a failure. Counts the failure, and logs an unexpected one. */
export function failureAnswer(
  failure: unknown,
  { metrics, settings }: Pick<Services, 'metrics' | 'settings'>,
  log: FastifyBaseLogger | undefined,
): FailureAnswer {
  const error = foreseen(failure);
  if (error.code === 'internal') log?.error({ err: failure }, 'a request failed');
  countDamage(error, metrics);
  const problem = problemOf(error);
  const { status } = problem;
  const headers = {
    ...((status === 429 || status === 503) && {
      'retry-after': String(settings.limits.retryAfterS),
    }),
    ...(error.code === 'unauthorized' && { 'www-authenticate': 'Bearer realm="cab"' }),
    'cache-control': 'no-store',
    'content-type': problemType,
  };
  return { status, headers, body: JSON.stringify(problem) };
}

/** Counts bytes, a manifest or a pointer that are damaged. */
export function countDamage(error: unknown, metrics: Services['metrics']): void {
  if (error instanceof CabError && error.kind === 'integrity')
    metrics.verificationFailed(error.code);
}

function foreseen(failure: unknown): CabError {
  if (failure instanceof CabError) return failure;
  switch (errnoOf(failure) ?? '') {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new CabError('body_too_large', 'the body is larger than this daemon takes');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new CabError('unsupported_media_type', 'the body is not said to be JSON');
    case 'FST_ERR_BAD_URL':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'ECONNRESET':
      return new CabError('invalid_request', messageOf(failure));
    default:
      return new CabError('internal', 'the request failed in a way that nobody foresaw', {
        cause: failure,
      });
  }
}

const messageOf = (failure: unknown): string =>
  isError(failure) ? failure.message : String(failure);
