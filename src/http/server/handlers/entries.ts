/** The operations that serve the files of entries. */
import { isEntrySegment } from '../../../core/model/entry/entry-path.ts';
import { CabError } from '../../../core/model/errors.ts';
import { checkedKey } from '../../../core/model/entry/key.ts';
import { deliver } from '../delivery/deliver.ts';
import { sendDocument } from '../delivery/document.ts';
import { anyQuery, endpoint } from '../endpoint.ts';
import { viaHeader, viaOf } from '../../wire/entry-transfer.ts';
import { routes } from '../../wire/protocol.ts';

export const file = endpoint({
  id: 'getFile',
  method: 'GET',
  url: routes.file,
  summary: 'A file of an entry: its artifact, its manifest, or another output.',
  role: 'read',
  query: anyQuery,
  headers: ['If-Match', 'If-None-Match', 'If-Range', 'If-Unmodified-Since', 'Range'],
  answers: {
    200: { description: 'The bytes', contentType: '*/*', headers: fileHeaders() },
    206: {
      description: 'A range',
      contentType: '*/*',
      headers: [...fileHeaders(), 'Content-Range'],
    },
    304: { description: 'Not changed', headers: ['ETag', 'Cache-Control'] },
  },
  handle: async ({ services, request, reply, param }) => {
    const key = checkedKey(param('config_hash'), param('source_hash'));
    const { broker } = services;
    const via = viaOf(request.headers[viaHeader]);
    const opened = await broker.open(key, pathInEntry(request.raw.url ?? ''), { via });
    const publishedAt = async () => (await broker.manifest(key, { via })).created_at;
    return deliver(opened, services, request, reply, publishedAt);
  },
});

export const manifest = endpoint({
  id: 'getManifest',
  method: 'GET',
  url: routes.entry,
  summary: 'The manifest of an entry, for callers that do not know its name.',
  role: 'read',
  query: anyQuery,
  headers: ['If-Match', 'If-None-Match', 'If-Unmodified-Since'],
  answers: {
    200: { description: 'The manifest', schema: 'Manifest', headers: ['ETag', 'Cache-Control'] },
    304: { description: 'Not changed' },
  },
  handle: async ({ services, request, reply, param }) => {
    const key = checkedKey(param('config_hash'), param('source_hash'));
    const via = viaOf(request.headers[viaHeader]);
    const found = await services.broker.manifest(key, { via });
    const modifiedAt = async () => found.created_at;
    return sendDocument(found, { cacheControl: 'no-cache', modifiedAt }, request, reply);
  },
});

/**
 * The path that follows the key. It is split first and decoded afterwards, so that no segment can contain a slash.
 * @throws CabError invalid_request
 */
export function pathInEntry(url: string): string {
  const [path = ''] = url.split('?', 1);
  const segments = path.split('/').slice(4).map(decodeURIComponent);
  const unsafe = segments.find((segment) => segment !== '' && !isEntrySegment(segment));
  if (unsafe === undefined) return segments.join('/');
  const problem = `path: ${JSON.stringify(unsafe)} cannot be a segment of it`;
  throw new CabError('invalid_request', problem, { details: { field: 'path' } });
}

function fileHeaders(): string[] {
  return ['ETag', 'Cache-Control', 'Content-Length', 'Accept-Ranges', 'Repr-Digest'];
}
