import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach } from 'vitest';
import { AnswerHead } from '../../src/http/delivery/hot-answers.ts';
import type { Asked } from '../../src/http/delivery/plain.ts';
import { answerOnSockets } from '../../src/http/hot-socket.ts';
import type { HotReply } from '../../src/http/hot-path.ts';
import { openLine, type Line } from '../helpers/line.ts';

export const plain = 'GET /hot HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** A bare server with the step before it: `/hot` is in memory, everything else is not. */
export interface Scene {
  readonly server: Server;
  readonly url: string;
  readonly line: Line;
  /** URLs that came to node:http. */
  readonly seen: string[];
  /** Of answers from memory: whether they were taken. */
  readonly ends: boolean[];
  /** The server's side of the connections, the latest last. */
  readonly served: Socket[];
}

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.closeAllConnections();
});

/** Its line has had one answer. */
export async function ready({
  idleMs = 60_000,
  headersMs = 60_000,
  bytes = 1,
  isStepped = true,
} = {}): Promise<Scene> {
  const seen: string[] = [];
  const ends: boolean[] = [];
  const served: Socket[] = [];
  const server = createServer(
    { keepAliveTimeout: idleMs, headersTimeout: headersMs, connectionsCheckingInterval: 50 },
    (request, response) => {
      seen.push(request.url ?? '');
      if (request.url !== '/held') response.end('by node');
    },
  );
  const body = Buffer.from('from memory'.padEnd(bytes + 11, 'x'));
  const whole = new AnswerHead({ 'x-request-id': '', 'content-length': body.length });
  const reply: HotReply = {
    status: 200,
    head: whole,
    request_id: 'id',
    body,
    over: (isTaken) => ends.push(isTaken),
  };
  const find = ({ url }: Asked) => (url === '/hot' ? reply : undefined);
  if (isStepped) answerOnSockets(server, find, { idleMs, headerBytes: 16 << 10 });
  server.on('connection', (socket: Socket) => served.push(socket));
  const url = await listening(server);
  const scene = { server, url, seen, ends, served };
  return { ...scene, line: await another(scene) };
}

export async function another({ url }: { url: string }): Promise<Line> {
  const line = openLine(url);
  await line.send('GET /first HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await line.answer();
  return line;
}

export async function listening(server: Server): Promise<string> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return `http://127.0.0.1:${address.port}`;
}
