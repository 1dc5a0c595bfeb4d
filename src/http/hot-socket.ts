/**
 * Answers from memory before `node:http` parses the request, which costs more than all else that such an answer takes.
 *
 * Every connection is one of `node:http`: it accepts it, limits it, times it, closes it, and parses its first request.
 * While it has nothing to do on a connection, that is after an answer and before the next request, the bytes that come
 * are shown to `plainHead` first. A whole plain head with an answer in memory is answered right here; any other bytes go
 * to `node:http` as they came. Once its part was anything but one whole plain head, where its parser stands is not known
 * here, and the connection stays with it until it is closed.
 *
 * The time limits need no code of their own: between two requests `node:http` has the socket's idle timer running, which
 * every read and write winds up again, and an answer that the client does not take stops both.
 */
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Asked } from './delivery/plain.ts';
import type { HotReply } from './hot-path.ts';
import { longestHead, plainHead } from './plain-head.ts';

type Find = (request: Asked) => HotReply | undefined;

/** To be called before the server listens. `keepAliveTimeout` and `maxHeaderSize` of it are in the options. */
export function answerOnSockets(
  server: Server,
  find: Find,
  { idleMs, headerBytes }: { readonly idleMs: number; readonly headerBytes: number },
): void {
  if (idleMs === 0 || headerBytes < longestHead) return;
  const lines = new WeakMap<Socket, Line>();
  const send = sender(server, idleMs);
  server.on('connection', (socket: Socket) => {
    const [parse, ...others] = socket.listeners('data');
    // Another way to read than the one that is known here is left alone.
    if (parse === undefined || others.length > 0) return;
    const toParser = (bytes: Buffer): unknown => Reflect.apply(parse, socket, [bytes]);
    socket.removeAllListeners('data');
    lines.set(socket, new Line(socket, toParser, find, send));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) =>
    lines.get(socket)?.asked(response),
  );
}

/** One connection. */
class Line {
  /** Before its first request the parser counts the time to it; an answer here would not stop that. */
  #state: 'first' | 'parsing' | 'ready' | 'left' = 'first';
  readonly #socket: Socket;
  readonly #toParser: (bytes: Buffer) => unknown;
  readonly #find: Find;
  readonly #send: Send;

  constructor(socket: Socket, toParser: (bytes: Buffer) => unknown, find: Find, send: Send) {
    this.#socket = socket;
    this.#toParser = toParser;
    this.#find = find;
    this.#send = send;
    socket.on('data', this.#read);
  }

  /** By `node:http`. */
  asked(response: ServerResponse): void {
    if (this.#state !== 'parsing') return;
    response.once('close', () => {
      if (this.#state === 'parsing' && response.writableFinished) this.#state = 'ready';
    });
  }

  readonly #read = (bytes: Buffer): void => {
    const request = this.#state === 'parsing' ? undefined : plainHead(bytes);
    const reply = request && this.#isFree() ? this.#find(request) : undefined;
    if (reply !== undefined) {
      this.#send(reply, this.#socket);
      return;
    }
    this.#state = 'parsing';
    if (request === undefined) this.#leave();
    this.#toParser(bytes);
  };

  #isFree(): boolean {
    const { writable, writableLength } = this.#socket;
    return this.#state === 'ready' && writable && writableLength === 0;
  }

  #leave(): void {
    this.#state = 'left';
    this.#socket.off('data', this.#read);
    this.#socket.on('data', this.#toParser);
  }
}

type Send = (reply: HotReply, socket: Socket) => void;

function sender(server: Server, idleMs: number): Send {
  const end = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n\r\n`;
  let unsent = 0;
  // Between its own answers `node:http` takes a connection to be idle, whatever of ours is still on its way.
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    if (unsent === 0) closeIdle();
  };
  return ({ status, head, request_id, body, over }, socket) => {
    const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    const text = `${start}${head.text(request_id)}Date: ${date()}\r\n${end}`;
    const written = (error?: Error | null): void => {
      unsent -= 1;
      // What a connection had yet to send when it was cut off is reported without an error.
      over(error == null && !socket.destroyed);
    };
    unsent += 1;
    if (body === undefined) return void socket.write(text, 'latin1', written);
    socket.cork();
    socket.write(text, 'latin1');
    socket.write(body, written);
    socket.uncork();
  };
}

let second = 0;
let formatted = '';

function date(): string {
  const now = Date.now();
  if (Math.floor(now / 1000) === second) return formatted;
  second = Math.floor(now / 1000);
  return (formatted = new Date(now).toUTCString());
}
