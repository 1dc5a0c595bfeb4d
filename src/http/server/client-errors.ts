import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnectionError } from 'fastify';
import { CabError } from '../../core/model/errors.ts';
import { problemOf } from '../wire/error-codec.ts';
import { problemType } from '../wire/protocol.ts';

/** The state of a connection. Its answers go out in the order of its requests. */
interface Line {
  /** The answer to the last request. */
  latest: ServerResponse | undefined;
  /** The answer to the request before it. */
  before: ServerResponse | undefined;
  isRefused: boolean;
}

/**
 * Answers bytes that never became a request. There is only a socket to write to, and perhaps not even that. A client
 * takes the first answer that it reads as the answer to its first request, and bytes within an answer as part of that
 * answer. So the refusal follows the answers to all whole requests before it.
 */
export class ClientErrors {
  readonly #lines = new WeakMap<Socket, Line>();

  watch(server: Server): void {
    server.on('request', ({ socket }, response) => {
      const line = this.#lineOf(socket);
      line.before = line.latest;
      line.latest = response;
    });
  }

  refuse(error: ConnectionError, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const line = this.#lineOf(socket);
    // Each further piece of the bytes raises another error.
    if (line.isRefused) return;
    line.isRefused = true;
    void refuseAfter(line, error, socket);
  }

  #lineOf(socket: Socket): Line {
    const known = this.#lines.get(socket);
    if (known !== undefined) return known;
    const line = { latest: undefined, before: undefined, isRefused: false };
    this.#lines.set(socket, line);
    return line;
  }
}

async function refuseAfter(line: Line, error: ConnectionError, socket: Socket): Promise<void> {
  for (let answer = awaited(line); answer !== undefined; answer = awaited(line))
    await closed(answer);
  // An answer that announces the end of the connection closes it in the same turn, and is the last.
  await nextTurn();
  if (!socket.writable) return;
  const problem = problemOf(failureOf(error));
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${problem.title}`,
      `Content-Type: ${problemType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
    // A client that stalls does not read the answer, and must not hold the connection.
    () => socket.destroy(),
  );
}

const closed = (answer: ServerResponse): Promise<void> =>
  new Promise((resolve) => answer.once('close', () => resolve()));

/** The answer that must finish first. The answer to the broken request itself counts only if it has begun. */
function awaited({ latest, before }: Line): ServerResponse | undefined {
  if (latest === undefined || latest.closed) return undefined;
  if (latest.req.complete || latest.headersSent) return latest;
  return before?.closed === false ? before : undefined;
}

function failureOf({ code }: ConnectionError): CabError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new CabError('headers_too_large', 'the headers of the request are too long');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new CabError('request_timeout', 'the request was not whole in time');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return new CabError('body_too_large', 'the extensions of a chunk are too long');
  return new CabError('invalid_request', `this is no HTTP request (${code})`);
}
