import type { Socket } from 'node:net';
import type { ConnectionError } from 'fastify';
import { CabError } from '../../core/model/errors.ts';
import { problemOf } from '../wire/error-codec.ts';
import { problemType } from '../wire/protocol.ts';

/** Answers what never became a request: there is only a socket to write to, if that. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
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
    // Who stalls takes no answer either, and must not hold the connection.
    () => socket.destroy(),
  );
}

function failureOf({ code }: ConnectionError): CabError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new CabError('headers_too_large', 'the headers of the request are too long');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new CabError('request_timeout', 'the request was not whole in time');
  return new CabError('invalid_request', `this is no HTTP request (${code})`);
}
