/**
 * An HTTP server in front of another one. It passes requests on unchanged, and a test says which of them go wrong and how.
 * The Host header stays as the client wrote it, because signatures of S3 cover it.
 */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as ask,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { undoneAfterTest } from './clean-up.ts';

/**
 * - `answer lost`: the server does what it is asked, and the connection ends before its answer
 * - `request cut`: the server gets half of the body, then the connection ends
 * - `answer cut`: the client gets half of the answer's body, then the connection ends
 * - `no answer`: nothing comes, and the connection stays
 * - a flip: a bit of this byte of the answer's body is wrong
 * - an answer of the test's own: the server hears nothing of the request
 */
export type Fault =
  | 'answer lost'
  | 'request cut'
  | 'answer cut'
  | 'no answer'
  | { readonly flipAt: number }
  | { readonly status: number; readonly body: string; readonly type?: string };

export interface PassedRequest {
  readonly method: string;
  /** With the query, as the client wrote it. */
  readonly path: string;
}

/** A request waits for a promise, so that a test can do something before it goes on. */
export type Faults = (request: PassedRequest) => Fault | undefined | Promise<Fault | undefined>;

export interface FaultyServer {
  readonly url: string;
  /** Requests so far. */
  readonly seen: PassedRequest[];
  /** What goes wrong from now on. */
  faults: Faults;
  /** Ends all connections and listens no more. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
}

/** What S3 says when it is asked too often. */
export const busy: Fault = {
  status: 503,
  body: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
};

/** The fault happens to the first requests that `fits` chooses, and to no other. */
export function firstTimes(
  times: number,
  fault: Fault,
  fits: (request: PassedRequest) => boolean = () => true,
): Faults {
  let left = times;
  return (request) => {
    if (left === 0 || !fits(request)) return undefined;
    left -= 1;
    return fault;
  };
}

/** The fault happens to one request: the nth, from 1, that `fits` chooses. */
export function nthTime(
  nth: number,
  fault: Fault,
  fits: (request: PassedRequest) => boolean,
): Faults {
  let count = 0;
  return (request) => {
    if (!fits(request)) return undefined;
    count += 1;
    return count === nth ? fault : undefined;
  };
}

/** Closed after the test. @param target the server behind it, `http://host:port` */
export async function faultyServer(
  target: string,
  faults: Faults = () => undefined,
): Promise<FaultyServer> {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    const { method = '', url: path = '' } = request;
    faulty.seen.push({ method, path });
    // A client that gives up ends the connection in the middle of this.
    answer({ request, response, target, agent }, faulty.faults({ method, path })).catch(() =>
      request.socket.destroy(),
    );
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const faulty: FaultyServer = {
    url: `http://127.0.0.1:${port}`,
    seen: [],
    faults,
    start: async () => {
      await listen(port);
    },
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
  undoneAfterTest(() => faulty.stop());
  return faulty;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: string;
  readonly agent: Agent;
}

async function answer(exchange: Exchange, saying: ReturnType<Faults>): Promise<void> {
  const { request, response } = exchange;
  const sent = await buffer(request);
  const fault = await saying;
  if (fault === 'no answer') return;
  if (typeof fault === 'object' && 'status' in fault) {
    const { status, body, type = 'application/xml' } = fault;
    response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? '' : body);
    return;
  }
  if (fault === 'request cut') {
    await sendHalf(exchange, sent);
    request.socket.destroy();
    return;
  }
  const { head, body } = await passOn(exchange, sent);
  if (fault === 'answer lost') {
    request.socket.destroy();
    return;
  }
  response.writeHead(head.statusCode ?? 500, head.headers);
  if (typeof fault === 'object') {
    const { flipAt } = fault;
    body.writeUInt8(body.readUInt8(flipAt) ^ 1, flipAt);
  }
  if (fault !== 'answer cut') {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
}

async function passOn(
  exchange: Exchange,
  sent: Buffer,
): Promise<{ readonly head: IncomingMessage; readonly body: Buffer }> {
  const passed = forward(exchange);
  passed.end(sent);
  const [head] = (await once(passed, 'response')) as [IncomingMessage];
  return { head, body: await buffer(head) };
}

async function sendHalf(exchange: Exchange, sent: Buffer): Promise<void> {
  const passed = forward(exchange);
  passed.on('error', () => undefined);
  const half = sent.subarray(0, Math.floor(sent.length / 2));
  await new Promise((resolve) => passed.write(half, resolve));
  passed.destroy();
}

const forward = ({ request, target, agent }: Exchange) =>
  ask(target + (request.url ?? ''), {
    agent,
    method: request.method ?? 'GET',
    headers: request.headers,
  });
