import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach } from 'vitest';
import { AnswerHead } from '../../src/http/delivery/hot-answers.ts';
import { answerOnSockets } from '../../src/http/hot-socket.ts';
import type { HotReply } from '../../src/http/hot-path.ts';
import type { PlainRequest } from '../../src/http/plain-request.ts';
import { openLine, type Line } from '../helpers/line.ts';

export const plain = 'GET /hot HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** A bare server with the step before it: `/hot` is in memory, `/made` is made when `make` says so, everything else is not. */
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
  /** Bodies of requests whose answer is being made, the latest last. */
  readonly asked: string[];
  /** Lets the next answer be made, of those that were asked for and of those that will be. */
  readonly make: (more?: Partial<HotReply>) => void;
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
    isLast: false,
    over: (isTaken) => ends.push(isTaken),
  };
  const asked: string[] = [];
  const making: ((made: HotReply) => void)[] = [];
  const made: HotReply[] = [];
  const meet = (): void => {
    while (making.length > 0 && made.length > 0) making.shift()?.(made.shift() ?? reply);
  };
  const make = (more: Partial<HotReply> = {}): void => {
    made.push({ ...reply, ...more });
    meet();
  };
  const find = ({ url, body }: PlainRequest) => {
    if (url === '/hot') return reply;
    if (url !== '/made') return undefined;
    asked.push(body.toString());
    return new Promise<HotReply>((resolve) => {
      making.push(resolve);
      meet();
    });
  };
  if (isStepped) answerOnSockets(server, find, { idleMs, headerBytes: 16 << 10 });
  server.on('connection', (socket: Socket) => served.push(socket));
  const url = await listening(server);
  const scene = { server, url, seen, ends, served, asked, make };
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
