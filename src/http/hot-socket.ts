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
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HotReply } from './hot-path.ts';
import { Outlet } from './outlet.ts';
import { longestHead, PlainRequests, type PlainRequest } from './plain-request.ts';

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
  readonly #requests = new PlainRequests();
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
    const request = this.#state === 'parsing' ? undefined : this.#requests.read(bytes);
    const reply = request && this.#isFree() ? this.#find(request) : undefined;
    if (reply instanceof Promise) return void this.#answer(reply);
    if (reply !== undefined) {
      this.#send(reply);
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
    this.#send(reply);
  }

  #send(reply: HotReply): void {
    this.#state = 'answering';
    this.#outlet.send(reply, this.#socket, this.#sent);
  }

  readonly #sent = (): void => {
    this.#state = 'ready';
    // The parser of a connection that is closed may be another's by now.
    if (this.#next.length === 0 || this.#socket.destroyed) return;
    this.#socket.resume();
    this.#read(Buffer.concat(this.#next.splice(0)));
  };

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
