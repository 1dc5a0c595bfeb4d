import { STATUS_CODES, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { HotReply } from './hot-path.ts';

interface Waiting {
  readonly reply: HotReply;
  readonly socket: Socket;
  readonly sent: () => void;
}

/**
 * Where answers to hot-socket.ts's requests go out, and what is on its way. They go out together at the end of a turn of
 * the event loop: the first of them wakes a client's process, which then finds the others without going to sleep again;
 * each on its own would wake it anew, and to wake a process costs as much as to write an answer.
 */
export class Outlet {
  readonly #end: string;
  readonly #waiting: Waiting[] = [];
  #underWay = 0;

  constructor(server: Server, idleMs: number) {
    this.#end = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n\r\n`;
    // Between its own answers `node:http` takes a connection to be idle, whatever of ours is still on its way.
    const closeIdle = server.closeIdleConnections.bind(server);
    server.closeIdleConnections = () => {
      if (this.#underWay === 0) closeIdle();
    };
  }

  /** `work` leads to an answer. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** `sent` is called once it is written, or will never be; nothing else may be written before. */
  send(reply: HotReply, socket: Socket, sent: () => void): void {
    this.#underWay += 1;
    if (this.#waiting.push({ reply, socket, sent }) > 1) return;
    setImmediate(() => {
      for (const waiting of this.#waiting.splice(0)) {
        this.#write(waiting);
        waiting.sent();
      }
    });
  }

  #write({ reply: { status, head, request_id, body, isLast, over }, socket }: Waiting): void {
    const end = (isTaken: boolean): void => {
      this.#underWay -= 1;
      over(isTaken);
    };
    // Its client left in the meantime.
    if (!socket.writable) {
      end(false);
      return;
    }
    // What a connection had yet to send when it was cut off is reported without an error.
    const written = (error?: Error | null): void => end(error == null && !socket.destroyed);
    const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    const rest = isLast ? 'Connection: close\r\n\r\n' : this.#end;
    const text = `${start}${head.text(request_id)}Date: ${date()}\r\n${rest}`;
    if (body === undefined) socket.write(text, 'latin1', written);
    else {
      socket.cork();
      socket.write(text, 'latin1');
      socket.write(body, written);
      socket.uncork();
    }
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
