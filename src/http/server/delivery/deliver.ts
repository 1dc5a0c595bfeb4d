import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenedFile } from '../../../core/ports/entry-store.ts';
import type { HeldFile } from '../../../core/ports/entry-store.ts';
import { CabError } from '../../../core/model/errors.ts';
import type { Services } from '../endpoint.ts';
import { countDamage } from '../failures.ts';
import { routes } from '../../wire/protocol.ts';
import { checkPreconditions, isKnown, isRangeValid } from './conditional.ts';
import { CachedHeaders, type CachedAnswer } from './answer-cache.ts';
import { isPlainRead } from './plain-read.ts';
import { onceTaken } from './taken.ts';
import { rangeOf, type ByteRange } from './range.ts';

/**
 * Sends a file of an entry, or the range that was requested. Always closes the file. Throws precondition_failed,
 * range_not_satisfiable.
 */
export async function deliver(
  file: OpenedFile,
  { answers, metrics, settings }: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  modifiedAt: () => Promise<string | null | undefined>,
): Promise<FastifyReply> {
  const { etag, size } = file;
  try {
    await checkPreconditions(request.headers, etag, modifiedAt);
  } catch (error) {
    await file.close();
    throw error;
  }
  reply.headers({
    etag: settings.bareEtags ? etag : `"${etag}"`,
    'cache-control': `${settings.caches}, max-age=31536000, immutable`,
  });
  if (file.held !== undefined && isPlainRead(request.raw))
    answers.keep(request.url, cachedAnswer(file, file.held, reply));
  if (isKnown(request.headers['if-none-match'], etag)) {
    await file.close();
    metrics.served('not_modified', 0);
    return reply.code(304).send();
  }
  const range = wantedRange(request, file);
  if (range === 'unsatisfiable') {
    await file.close();
    reply.header('content-range', `bytes */${size}`);
    throw new CabError('range_not_satisfiable', `${file.name} has ${size} bytes`);
  }
  reply.code(range === undefined ? 200 : 206).headers(bodyHeaders(file, range));
  if (request.method === 'HEAD' || reply.raw.destroyed) {
    await file.close();
    return reply.send();
  }
  const { start, end } = range ?? { start: 0, end: size };
  onceTaken(reply.raw, () => metrics.served(range === undefined ? 'whole' : 'range', end - start));
  if (file.held === undefined) {
    const stream = file.stream({ start, end });
    // Fastify then cuts the connection, and logs why.
    stream.once('error', (error) => countDamage(error, metrics));
    return reply.send(stream);
  }
  await file.close();
  return reply.send(file.held.bytes.subarray(start, end));
}

function cachedAnswer(file: OpenedFile, held: HeldFile, reply: FastifyReply): CachedAnswer {
  const notModified = reply.getHeaders();
  return {
    bytes: held.bytes,
    digest: file.etag,
    isCurrent: held.isCurrent,
    route: routes.file,
    isFile: true,
    notModified: new CachedHeaders(notModified),
    whole: new CachedHeaders({ ...notModified, ...bodyHeaders(file, undefined) }),
  };
}

function wantedRange({ method, headers }: FastifyRequest, { etag, size }: OpenedFile) {
  if (method !== 'GET' || !isRangeValid(one(headers['if-range']), etag)) return undefined;
  return rangeOf(headers.range, size);
}

function bodyHeaders({ contentType, etag, size }: OpenedFile, range: ByteRange | undefined) {
  return {
    'content-type': safeType(contentType),
    'content-length': range === undefined ? size : range.end - range.start,
    'accept-ranges': 'bytes',
    'repr-digest': `sha-256=:${Buffer.from(etag, 'hex').toString('base64')}:`,
    // An artifact that is a web page must not act as a page of this origin, which may submit jobs.
    'content-security-policy': "default-src 'none'; sandbox",
    ...(range && { 'content-range': `bytes ${range.start}-${range.end - 1}/${size}` }),
  };
}

/** A manifest may give its files any type, but a header may not contain every character. */
const safeType = (type: string): string =>
  /^[\w.+-]+\/[\w.+-]+[\x20-\x7e]*$/.test(type) ? type : 'application/octet-stream';

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;
