import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalJson } from '../../core/hashing/canonical-json.ts';
import { jsonType } from '../protocol.ts';
import { isKnown } from './conditional.ts';
import { AnswerHead, type HotAnswer, type HotAnswers } from './hot-answers.ts';
import { isPlain } from './plain.ts';

/** How a document is to be given again from memory. */
interface Keeping extends Pick<HotAnswer, 'isCurrent' | 'route'> {
  readonly hot: HotAnswers;
}

/** Sends a value in the very bytes of its file on disk, with the tag that goes with them. */
export function sendDocument(
  value: object,
  cacheControl: string,
  request: FastifyRequest,
  reply: FastifyReply,
  keeping?: Keeping,
): FastifyReply {
  const bytes = canonicalJson(Buffer.from(JSON.stringify(value)));
  const digest = createHash('sha256').update(bytes).digest('hex');
  reply.headers({ etag: `"${digest}"`, 'cache-control': cacheControl });
  if (keeping !== undefined && isPlain(request.raw))
    keeping.hot.keep(request.url, hotAnswer(bytes, digest, reply, keeping));
  return isKnown(request.headers['if-none-match'], digest)
    ? reply.code(304).send()
    : reply.type(jsonType).send(bytes);
}

function hotAnswer(
  bytes: Buffer,
  digest: string,
  reply: FastifyReply,
  { isCurrent, route }: Keeping,
): HotAnswer {
  const notModified = reply.getHeaders();
  const body = { 'content-type': jsonType, 'content-length': bytes.length };
  return {
    bytes,
    digest,
    isCurrent,
    route,
    isFile: false,
    notModified: new AnswerHead(notModified),
    whole: new AnswerHead({ ...notModified, ...body }),
  };
}
