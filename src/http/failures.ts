import type { FastifyReply, FastifyRequest } from 'fastify';
import { CabError, errnoOf } from '../core/errors.ts';
import type { Services } from './endpoint.ts';
import { problemOf } from './error-codec.ts';
import { problemType } from './protocol.ts';

/** Answers a failure as a problem document. */
export function sendFailure(
  failure: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics, settings }: Pick<Services, 'metrics' | 'settings'>,
): FastifyReply {
  const error = foreseen(failure);
  if (error.code === 'internal') request.log.error({ err: failure }, 'a request failed');
  if (error.kind === 'integrity') metrics.verificationFailed(error.code);
  const problem = problemOf(error);
  if (problem.status === 429 || problem.status === 503)
    reply.header('retry-after', settings.limits.retryAfterS);
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="cab"');
  return reply
    .code(problem.status)
    .removeHeader('etag')
    .header('cache-control', 'no-store')
    .type(problemType)
    .send(JSON.stringify(problem));
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
  failure instanceof Error ? failure.message : String(failure);
