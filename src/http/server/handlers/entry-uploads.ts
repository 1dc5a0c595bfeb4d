/** The operations with which another broker sends an entry: its files, then its manifest. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CabError } from '../../../core/model/errors.ts';
import { checkedKey } from '../../../core/model/entry/key.ts';
import { clientLeft } from '../connection/client-left.ts';
import { anyQuery, endpoint, type Services } from '../endpoint.ts';
import type { EntryIntake } from '../options.ts';
import { bytesType, digestOf } from '../../wire/entry-transfer.ts';
import { paths, routes } from '../../wire/protocol.ts';
import { pathInEntry } from './entries.ts';

export const file = endpoint({
  id: 'putFile',
  method: 'PUT',
  url: routes.file,
  summary:
    'Sends a file of an entry that is not here. It is kept for the manifest, and not visible before. Repr-Digest and Content-Length are needed.',
  role: 'write',
  query: anyQuery,
  bytes: true,
  headers: ['Repr-Digest'],
  answers: { 204: { description: 'Kept' } },
  handle: async ({ services, request, reply, param }) => {
    try {
      const key = checkedKey(param('config_hash'), param('source_hash'));
      const path = pathInEntry(request.raw.url ?? '');
      const file = describedIn(request);
      await intakeOf(services).file(key, path, file, bodyOf(request), clientLeft(reply.raw));
    } catch (error) {
      // The rest of a body that is refused is not waited for.
      if (!request.raw.complete) reply.header('connection', 'close');
      throw error;
    }
    return reply.code(204).send();
  },
});

export const manifest = endpoint({
  id: 'putManifest',
  method: 'PUT',
  url: routes.entry,
  summary:
    'Publishes an entry whose files were sent. Never replaces an entry: 412 if another stands there. 409 lists the files that have not come.',
  role: 'write',
  query: anyQuery,
  body: 'Manifest',
  answers: {
    200: { description: 'This very entry was there already', schema: 'TakenEntry' },
    201: { description: 'Published', schema: 'TakenEntry', headers: ['Location'] },
  },
  handle: async ({ services, request, reply, param }) => {
    const key = checkedKey(param('config_hash'), param('source_hash'));
    const { body } = request;
    const bytes = body instanceof Uint8Array ? body : new Uint8Array();
    const { outcome, entry } = await intakeOf(services).manifest(key, bytes, clientLeft(reply.raw));
    const answer = { outcome, ...key, etag: entry.manifest.artifact.sha256 };
    return outcome === 'stands'
      ? reply.code(200).send(answer)
      : published(reply.header('location', paths.entry(key)), answer);
  },
});

const published = (reply: FastifyReply, answer: object): FastifyReply =>
  reply.code(201).send(answer);

/** What the headers say of the file. Throws invalid_request, unsupported_media_type. */
function describedIn({ headers }: FastifyRequest) {
  const sha256 = digestOf(headers['repr-digest']);
  if (sha256 === undefined)
    throw new CabError('invalid_request', 'Repr-Digest: expected sha-256=:BASE64:', {
      details: { field: 'repr-digest' },
    });
  const { 'content-length': length } = headers;
  if (length === undefined || !/^\d{1,15}$/.test(length))
    throw new CabError('invalid_request', 'Content-Length: expected the number of bytes', {
      details: { field: 'content-length' },
    });
  return { sha256, size: Number(length) };
}

function bodyOf({ body }: FastifyRequest): AsyncIterable<Uint8Array> {
  if (body instanceof Readable) return body;
  throw new CabError('unsupported_media_type', 'the body is not said to be bytes', {
    hint: `Send it as ${bytesType}.`,
  });
}

/** Throws forbidden if this server cannot tell who sends: an entry is what everyone reads later. */
function intakeOf({ intake, knowsCallers }: Services): EntryIntake {
  if (intake === undefined)
    throw new CabError('not_found', 'this server takes no entries', {
      hint: 'Send them to the daemon of a root.',
    });
  if (knowsCallers) return intake;
  throw new CabError(
    'forbidden',
    'this daemon takes no entries, because it lets in callers without a token',
    {
      hint: 'Have it started with tokens.',
    },
  );
}
