/** A server of `node:http` alone, with the daemon's limits: what it reads, and when it closes, is what HTTP says to it. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { Limits } from '../../../../src/http/server/options.ts';

export interface PlainServer {
  readonly url: string;
  /** What was read on the connection that the client has at this port. */
  read(clientPort: number): Reading | undefined;
  close(): Promise<void>;
}

export interface Reading {
  readonly socket: Socket;
  /** Those that reached the handler. */
  readonly requests: readonly ReadRequest[];
  /** Code of the error that the parser ended with. */
  readonly error: string | undefined;
  /** CONNECT was read: `node:http` cuts the connection, with the answers that are under way. */
  readonly isCut: boolean;
}

export interface ReadRequest {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: readonly Buffer[];
}

type Open = { -readonly [K in keyof Reading]: Reading[K] } & { requests: ReadRequest[] };

export async function plainServer(limits: Limits): Promise<PlainServer> {
  const open = new Map<number, Open>();
  const server = createServer({
    keepAliveTimeout: limits.idleMs,
    requestTimeout: limits.requestMs,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: Math.min(limits.headersMs, limits.requestMs),
    connectionsCheckingInterval: Math.min(5000, limits.headersMs),
  });
  server.on('connection', (socket) => {
    const port = socket.remotePort ?? 0;
    const reading: Open = { socket, requests: [], error: undefined, isCut: false };
    open.set(port, reading);
    socket.on('close', () => {
      if (open.get(port) === reading) open.delete(port);
    });
  });
  server.on('request', (message, response) => {
    const body: Buffer[] = [];
    open.get(message.socket.remotePort ?? 0)?.requests.push({ message, response, body });
    message.on('data', (piece: Buffer) => body.push(piece)).on('error', () => undefined);
    if (isAnsweredLate(message)) message.on('end', () => answer(response));
    else answer(response);
  });
  // As node does where nobody listens.
  server.on('connect', (_message, socket: Socket) => {
    const reading = open.get(socket.remotePort ?? 0);
    if (reading !== undefined) reading.isCut = true;
    socket.destroy();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const reading = open.get(socket.remotePort ?? 0);
    if (reading === undefined || !socket.writable) socket.destroy();
    else if (reading.error === undefined) void refuse(reading, error.code ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    read: (port) => open.get(port),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** As the daemon does it for most methods that have a body. */
export const isAnsweredLate = ({ method = '' }: IncomingMessage): boolean =>
  ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method);

function answer(response: ServerResponse): void {
  response.writeHead(200, { 'x-request-id': 'plain', 'content-length': 5 });
  response.end('plain');
}

/** After the answers to all whole requests before it. */
async function refuse(reading: Open, code: string): Promise<void> {
  reading.error = code;
  const { socket, requests } = reading;
  for (const { message, response } of requests)
    if (message.complete && !response.closed) await once(response, 'close');
  // One that says that the connection closes is the last.
  await turn();
  if (!socket.writable) return;
  const status = statuses[code] ?? 400;
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  );
}

/** As `node:http` answers where nobody listens to its errors. */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};
