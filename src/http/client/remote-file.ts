import { Readable } from 'node:stream';
import type { OpenedFile } from '../../core/ports/entry-store.ts';
import { CabError, isCabError } from '../../core/model/errors.ts';
import { checkedBytes } from '../../core/hashing/checked-bytes.ts';
import type { Answer, Connection } from './connection.ts';
import { isLost } from '../../support/network/lost-connection.ts';
import type { ReconnectDeadline } from '../../support/time/reconnect-deadline.ts';

/**
 * A file of an entry, fetched while it is read. A broken download continues where it broke. If the file is
 * read as a whole, its bytes are hashed on the way, and the stream fails with hash_mismatch if they do not
 * match the daemon's digest.
 */
export async function openRemoteFile(
  connection: Connection,
  path: string,
  name: string,
  deadline: ReconnectDeadline,
): Promise<OpenedFile> {
  const answer = await connection.stream({ path, isLong: true });
  // If the connection breaks before anyone reads, the reader notices and resumes.
  answer.body.on('error', () => undefined);
  const { size, etag, tag, contentType } = factsOf(answer, `${connection.whence}: ${path}`);
  const source = { connection, path, tag, etag, deadline };
  return {
    name,
    path: null,
    size,
    etag,
    contentType,
    stream: ({ start, end } = { start: 0, end: size }) => {
      const isWhole = start === 0 && end === size;
      if (!isWhole) answer.body.destroy();
      const bytes = download(source, start, end, isWhole ? answer.body : undefined);
      return Readable.from(isWhole ? checkedBytes(bytes, etag, refusal(path, etag)) : bytes, {
        objectMode: false,
      });
    },
    close: async () => void answer.body.destroy(),
  };
}

interface Source {
  readonly connection: Connection;
  readonly path: string;
  /** The `ETag` as the daemon wrote it. */
  readonly tag: string;
  readonly etag: string;
  readonly deadline: ReconnectDeadline;
}

/** Yields [start, end). `opened` is a body that begins at `start`. */
async function* download(
  { connection, path, tag, etag, deadline }: Source,
  start: number,
  end: number,
  opened: Readable | undefined,
): AsyncIterable<Buffer> {
  let at = start;
  let body = opened;
  deadline.renew();
  while (at < end || body !== undefined) {
    let broken: unknown = new CabError('daemon_unreachable', `${connection.whence} ended ${path}`);
    try {
      body ??= await resumed();
      for await (const chunk of body as AsyncIterable<Buffer>) {
        deadline.renew();
        at += chunk.length;
        yield chunk;
      }
      if (at >= end) return;
    } catch (error) {
      if (!isLost(error) && !isCabError(error, 'daemon_unreachable')) throw error;
      broken = isLost(error) ? connection.unreachable(error) : error;
    }
    body = undefined;
    await deadline.pause(broken);
  }

  async function resumed(): Promise<Readable> {
    const headers = { range: `bytes=${at}-${end - 1}`, 'if-range': tag };
    const answer = await connection.stream({ path, headers, isLong: true });
    const range = headerOf(answer, 'content-range') ?? '';
    if (answer.statusCode === 206 && range.startsWith(`bytes ${at}-`)) return answer.body;
    answer.body.on('error', () => undefined).destroy();
    throw new CabError(
      'hash_mismatch',
      `${connection.whence}: ${path} was changed while it was read`,
      { details: { expected: etag, actual: digestOfTag(headerOf(answer, 'etag') ?? '') } },
    );
  }
}

const refusal =
  (path: string, expected: string) =>
  (actual: string): CabError =>
    new CabError('hash_mismatch', `${path}: the bytes that arrived do not match their digest`, {
      hint: 'Try again; if it stays so, have the root verified on the host of the daemon.',
      details: { expected, actual },
    });

function factsOf(answer: Answer, whence: string) {
  const tag = headerOf(answer, 'etag') ?? '';
  const etag = digestOfTag(tag);
  const size = Number(headerOf(answer, 'content-length') ?? Number.NaN);
  if (/^[0-9a-f]{64}$/.test(etag) && Number.isSafeInteger(size))
    return {
      size,
      etag,
      tag,
      contentType: headerOf(answer, 'content-type') ?? 'application/octet-stream',
    };
  answer.body.destroy();
  throw new CabError(
    'answer_invalid',
    `${whence}: the answer has no ETag that is a digest, or no length`,
  );
}

const digestOfTag = (tag: string): string => tag.replace(/^"(.*)"$/, '$1');

function headerOf({ headers }: Answer, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}
