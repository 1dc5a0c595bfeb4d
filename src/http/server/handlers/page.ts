/** The operations that serve the page. It holds no data: it asks the other operations, as any client does. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CabError } from '../../../core/model/errors.ts';
import { isKnown } from '../delivery/conditional.ts';
import { anyQuery, endpoint, type Call } from '../endpoint.ts';
import { routes } from '../../wire/protocol.ts';

const answers = {
  200: { description: 'The page', contentType: 'text/html', headers: ['ETag'] },
  304: { description: 'Not changed' },
};

export const start = endpoint({
  id: 'getStartPage',
  method: 'GET',
  url: routes.start,
  summary: 'The page, for people with a browser.',
  role: null,
  query: anyQuery,
  headers: ['If-None-Match'],
  answers,
  handle: (call) => sendPage(call),
});

export const page = endpoint({
  id: 'getPage',
  method: 'GET',
  url: routes.page,
  summary: 'The page, for each of the addresses that it makes itself.',
  role: null,
  query: anyQuery,
  headers: ['If-None-Match'],
  answers,
  handle: (call) => sendPage(call),
});

export const asset = endpoint({
  id: 'getPageAsset',
  method: 'GET',
  url: routes.pageAsset,
  summary: 'A script or a style of the page. Its name holds its digest, so it never changes.',
  role: null,
  query: anyQuery,
  headers: ['If-None-Match'],
  answers: {
    200: { description: 'The bytes', contentType: '*/*', headers: ['ETag', 'Cache-Control'] },
    304: { description: 'Not changed' },
  },
  handle: (call) => send(call, call.param('file'), 'public, max-age=31536000, immutable'),
});

const sendPage = (call: Call<unknown>) => send(call, 'index.html', 'no-cache');

async function send(
  { services: { page }, request, reply }: Call<unknown>,
  name: string,
  cacheControl: string,
): Promise<FastifyReply> {
  if (page === undefined)
    throw new CabError('not_found', 'this daemon serves no page', {
      hint: 'GET /openapi.json tells what can be asked for.',
    });
  const file = await page.file(name, acceptedBy(request));
  if (file === undefined) throw new CabError('not_found', `the page has no file ${name}`);
  const etag = `"${file.etag}"`;
  reply.headers({ ...guarding, etag, 'cache-control': cacheControl, vary: 'accept-encoding' });
  if (isKnown(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
  if (file.encoding !== 'identity') reply.header('content-encoding', file.encoding);
  reply.headers({ 'content-type': file.contentType, 'content-length': file.bytes.length });
  return request.method === 'HEAD' ? reply.send() : reply.send(file.bytes);
}

function acceptedBy({ headers }: FastifyRequest): string | undefined {
  const accepted = headers['accept-encoding'];
  return Array.isArray(accepted) ? accepted.join(',') : accepted;
}

/** What the page may do: run and show its own files, and ask this daemon. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const guarding = {
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};
