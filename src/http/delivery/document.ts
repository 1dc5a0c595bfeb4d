import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { exactText } from '../../core/exact-json.ts';
import { canonicalJson } from '../../core/hashing/canonical-json.ts';
import { jsonType } from '../protocol.ts';
import { isKnown } from './conditional.ts';
import { CachedHeaders, type CachedAnswer, type AnswerCache } from './answer-cache.ts';
import { isPlainRead } from './plain-read.ts';

/** How a document is to be given again from memory. */
interface Keeping extends Pick<CachedAnswer, 'isCurrent' | 'route'> {
  readonly answers: AnswerCache;
}

/** Sends a value in the very bytes of its file on disk, with the tag that goes with them. */
export function sendDocument(
  value: object,
  cacheControl: string,
  request: FastifyRequest,
  reply: FastifyReply,
  keeping?: Keeping,
): FastifyReply {
  const bytes = canonicalJson(Buffer.from(exactText(value)));
  const digest = createHash('sha256').update(bytes).digest('hex');
  reply.headers({ etag: `"${digest}"`, 'cache-control': cacheControl });
  if (keeping !== undefined && isPlainRead(request.raw))
    keeping.answers.keep(request.url, cachedAnswer(bytes, digest, reply, keeping));
  return isKnown(request.headers['if-none-match'], digest)
    ? reply.code(304).send()
    : reply.type(jsonType).send(bytes);
}

function cachedAnswer(
  bytes: Buffer,
  digest: string,
  reply: FastifyReply,
  { isCurrent, route }: Keeping,
): CachedAnswer {
  const notModified = reply.getHeaders();
  const body = { 'content-type': jsonType, 'content-length': bytes.length };
  return {
    bytes,
    digest,
    isCurrent,
    route,
    isFile: false,
    notModified: new CachedHeaders(notModified),
    whole: new CachedHeaders({ ...notModified, ...body }),
  };
}
