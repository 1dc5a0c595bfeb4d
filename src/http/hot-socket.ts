/**
 * Answers hot files, pointers and submissions before `node:http` parses the request, which costs more than all else that
 * such an answer takes.
 *
 * Every connection is one of `node:http`: it accepts it, limits it, times it, closes it, and parses its first request.
 * While it has nothing to do on a connection, that is after an answer and before the next request, the bytes that come
 * are shown to `plainRequest` first. A whole plain request that can be answered here is; any other bytes go to
 * `node:http` as they came. Once its part was anything but one whole plain request without a body, where its parser
 * stands is not known here, and the connection stays with it until it is closed.
 *
 * The time limits need no code of their own: between two requests `node:http` has the socket's idle timer running, which
 * every read and write winds up again, and an answer that the client does not take stops both. Only while an answer is
 * being made must the timer stand still.
 */
import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HotReply } from './hot-path.ts';
import { longestHead, plainRequest, type PlainRequest } from './plain-request.ts';

/** A promise must not be rejected. */
type Find = (request: PlainRequest) => HotReply | Promise<HotReply> | undefined;

/** To be called before the server listens. `keepAliveTimeout` and `maxHeaderSize` of it are in the options. */
export function answerOnSockets(
  server: Server,
  find: Find,
  { idleMs, headerBytes }: { readonly idleMs: number; readonly headerBytes: number },
): void {
  if (idleMs === 0 || headerBytes < longestHead) return;
  const lines = new WeakMap<Socket, Line>();
  const outlet = new Outlet(server, idleMs);
  server.on('connection', (socket: Socket) => {
    const [parse, ...others] = socket.listeners('data');
    // Another way to read than the one that is known here is left alone.
    if (parse === undefined || others.length > 0) return;
    const toParser = (bytes: Buffer): unknown => Reflect.apply(parse, socket, [bytes]);
    socket.removeAllListeners('data');
    lines.set(socket, new Line(socket, toParser, find, outlet));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) =>
    lines.get(socket)?.asked(response),
  );
}

/** One connection. */
class Line {
  /** Before its first request the parser counts the time to it; an answer here would not stop that. */
  #state: 'first' | 'parsing' | 'ready' | 'answering' | 'left' = 'first';
  readonly #socket: Socket;
  readonly #toParser: (bytes: Buffer) => unknown;
  readonly #find: Find;
  readonly #outlet: Outlet;
  /** What came while an answer was being made. */
  readonly #next: Buffer[] = [];

  constructor(socket: Socket, toParser: (bytes: Buffer) => unknown, find: Find, outlet: Outlet) {
    this.#socket = socket;
    this.#toParser = toParser;
    this.#find = find;
    this.#outlet = outlet;
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
    if (this.#state === 'answering') {
      this.#keepForLater(bytes);
      return;
    }
    const request = this.#state === 'parsing' ? undefined : plainRequest(bytes);
    const reply = request && this.#isFree() ? this.#find(request) : undefined;
    if (reply instanceof Promise) return void this.#answer(reply);
    if (reply !== undefined) {
      this.#outlet.send(reply, this.#socket);
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

  async #answer(making: Promise<HotReply>): Promise<void> {
    const socket = this.#socket;
    const idleMs = socket.timeout ?? 0;
    this.#state = 'answering';
    socket.setTimeout(0);
    const reply = await this.#outlet.during(making);
    socket.setTimeout(idleMs);
    this.#state = 'ready';
    this.#outlet.send(reply, socket);
    // The parser of a connection that is closed may be another's by now.
    if (this.#next.length === 0 || socket.destroyed) return;
    socket.resume();
    this.#read(Buffer.concat(this.#next.splice(0)));
  }

  /** One request at a time. */
  #keepForLater(bytes: Buffer): void {
    this.#next.push(bytes);
    this.#socket.pause();
  }

  #leave(): void {
    this.#state = 'left';
    this.#socket.off('data', this.#read);
    this.#socket.on('data', this.#toParser);
  }
}

/** Where answers go out, and what is on its way. */
class Outlet {
  readonly #end: string;
  #underWay = 0;

  constructor(server: Server, idleMs: number) {
    this.#end = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n\r\n`;
    // Between its own answers `node:http` takes a connection to be idle, whatever of ours is still on its way.
    const closeIdle = server.closeIdleConnections.bind(server);
    server.closeIdleConnections = () => {
      if (this.#underWay === 0) closeIdle();
    };
  }

  async during<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work;
    } finally {
      this.#underWay -= 1;
    }
  }

  send({ status, head, request_id, body, isLast, over }: HotReply, socket: Socket): void {
    // Its client left while it was being made.
    if (!socket.writable) {
      over(false);
      return;
    }
    const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    const end = isLast ? 'Connection: close\r\n\r\n' : this.#end;
    const text = `${start}${head.text(request_id)}Date: ${date()}\r\n${end}`;
    const written = (error?: Error | null): void => {
      this.#underWay -= 1;
      // What a connection had yet to send when it was cut off is reported without an error.
      over(error == null && !socket.destroyed);
    };
    this.#underWay += 1;
    if (body === undefined) return void socket.write(text, 'latin1', written);
    socket.cork();
    socket.write(text, 'latin1');
    socket.write(body, written);
    socket.uncork();
    if (isLast) socket.end();
  }
}

let second = 0;
let formatted = '';

function date(): string {
  const now = Date.now();
  if (Math.floor(now / 1000) === second) return formatted;
  second = Math.floor(now / 1000);
  return (formatted = new Date(now).toUTCString());
}
