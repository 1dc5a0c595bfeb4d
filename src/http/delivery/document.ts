import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalJson } from '../../core/hashing/canonical-json.ts';
import { jsonType } from '../protocol.ts';
import { isKnown } from './conditional.ts';

/** Sends a value in the very bytes of its file on disk, with the tag that goes with them. */
export function sendDocument(
  value: object,
  cacheControl: string,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const body = canonicalJson(Buffer.from(JSON.stringify(value)));
  const digest = createHash('sha256').update(body).digest('hex');
  reply.headers({ etag: `"${digest}"`, 'cache-control': cacheControl });
  return isKnown(request.headers['if-none-match'], digest)
    ? reply.code(304).send()
    : reply.type(jsonType).send(body);
}
