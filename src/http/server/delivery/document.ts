import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { exactText } from '../../../core/model/exact-json.ts';
import { canonicalJson } from '../../../core/hashing/json/canonical-json.ts';
import { jsonType } from '../../wire/protocol.ts';
import { checkPreconditions, isKnown } from './conditional.ts';
import { CachedHeaders, type CachedAnswer, type AnswerCache } from './answer-cache.ts';
import { isPlainRead } from './plain-read.ts';

/** How to answer with the document from memory later. */
interface Keeping extends Pick<CachedAnswer, 'isCurrent' | 'route'> {
  readonly answers: AnswerCache;
}

interface Sending {
  readonly cacheControl: string;
  /** When the document was put in place, if known. Called only if the request needs it. */
  readonly modifiedAt: () => Promise<string | null | undefined>;
  readonly keeping?: Keeping | undefined;
}

/** Sends a value as the exact bytes of its file on disk, with their tag. Throws precondition_failed. */
export async function sendDocument(
  value: object,
  { cacheControl, modifiedAt, keeping }: Sending,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const bytes = canonicalJson(Buffer.from(exactText(value)));
  const digest = createHash('sha256').update(bytes).digest('hex');
  await checkPreconditions(request.headers, digest, modifiedAt);
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
