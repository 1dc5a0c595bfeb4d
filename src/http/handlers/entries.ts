import { checkedKey } from '../../core/model/key.ts';
import { deliver } from '../delivery/deliver.ts';
import { sendDocument } from '../delivery/document.ts';
import { anyQuery, endpoint } from '../endpoint.ts';
import { routes } from '../protocol.ts';

export const file = endpoint({
  id: 'getFile',
  method: 'GET',
  url: routes.file,
  summary: 'A file of an entry: its artifact, its manifest, or another output.',
  role: 'read',
  query: anyQuery,
  headers: ['If-None-Match', 'If-Range', 'Range'],
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
    return deliver(await services.broker.open(key, param('name')), services, request, reply);
  },
});

export const manifest = endpoint({
  id: 'getManifest',
  method: 'GET',
  url: routes.entry,
  summary: 'The manifest of an entry, for callers that do not know its name.',
  role: 'read',
  query: anyQuery,
  headers: ['If-None-Match'],
  answers: {
    200: { description: 'The manifest', schema: 'Manifest', headers: ['ETag', 'Cache-Control'] },
    304: { description: 'Not changed' },
  },
  handle: async ({ services, request, reply, param }) => {
    const key = checkedKey(param('config_hash'), param('source_hash'));
    return sendDocument(await services.broker.manifest(key), 'no-cache', request, reply);
  },
});

function fileHeaders(): string[] {
  return ['ETag', 'Cache-Control', 'Content-Length', 'Accept-Ranges', 'Repr-Digest'];
}
