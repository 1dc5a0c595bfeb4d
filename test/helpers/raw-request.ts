import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends the bytes as they are, and reads until the server closes the connection. */
export async function rawRequest(url: string, request: string | Buffer): Promise<RawAnswer> {
  const socket = openSocket(url);
  socket.write(request);
  return readAnswer(socket);
}

export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // A server that cuts a connection is what many of these tests are about.
  socket.on('error', () => undefined);
  return socket;
}

export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  const received = await text(socket).catch(() => '');
  const answer = received.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const split = answer.indexOf('\r\n\r\n');
  const head = split === -1 ? answer : answer.slice(0, split);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    head,
    body: split === -1 ? '' : answer.slice(split + 4),
  };
}

/** A request whose connection the server closes after it. */
export const requestText = (
  method: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): string =>
  [
    `${method} ${target} HTTP/1.1`,
    ...Object.entries({ Host: 'localhost', Connection: 'close', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    ...(body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
    '',
    body,
  ].join('\r\n');
