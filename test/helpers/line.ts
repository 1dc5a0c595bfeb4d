import { once } from 'node:events';
import type { Socket } from 'node:net';
import { openSocket } from './raw-request.ts';
import { until } from './until.ts';

/** A connection that stays open, and all that came on it. */
export interface Line {
  readonly socket: Socket;
  /** One write each: the server reads them apart where it reads one before the next is sent. */
  send(...pieces: (string | Buffer)[]): Promise<void>;
  /** The next answer, or what came until the server closed the connection. */
  answer(isHead?: boolean): Promise<string>;
  /** All that is left until the server closes the connection. */
  rest(): Promise<string>;
}

export const requestOf = (path: string, more = '', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;

export function openLine(url: string): Line {
  const socket = openSocket(url);
  socket.setNoDelay(true);
  let received = '';
  let isClosed = false;
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  socket.on('close', () => (isClosed = true));
  const take = (length: number): string => {
    const taken = received.slice(0, length);
    received = received.slice(length);
    return taken;
  };
  return {
    socket,
    send: async (...pieces) => {
      if (socket.connecting) await once(socket, 'connect');
      for (const piece of pieces) {
        if (!socket.writable) return;
        await new Promise((resolve) => socket.write(piece, resolve));
        await new Promise(setImmediate);
      }
    },
    answer: async (isHead = false) => {
      await until(() => isClosed || lengthOf(received, isHead) <= received.length);
      return take(Math.min(lengthOf(received, isHead), received.length));
    },
    rest: async () => {
      await until(() => isClosed);
      return take(received.length);
    },
  };
}

function lengthOf(text: string, isHead: boolean): number {
  const end = text.indexOf('\r\n\r\n') + 4;
  if (end < 4) return Infinity;
  const head = text.slice(0, end);
  const hasBody = !isHead && !head.startsWith('HTTP/1.1 304');
  return end + (hasBody ? Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0) : 0);
}

/** An answer without what differs from one to the next. */
export const timeless = (answer: string): string =>
  answer
    .replace(/^(Date: ).*$/gm, '$1now')
    .replace(/^(x-request-id: )[0-9a-f-]{36}$/gm, '$1random');
