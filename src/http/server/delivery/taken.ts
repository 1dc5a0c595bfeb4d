import type { ServerResponse } from 'node:http';

/**
 * Calls `taken` once the whole answer is sent. `node:http` emits `finish` also for an answer that was cut off, and
 * then closes a connection that is not kept. So this listener comes first, and looks at the socket.
 */
export function onceTaken(response: ServerResponse, taken: () => void): void {
  response.prependListener('finish', () => {
    if (response.socket?.destroyed === false) taken();
  });
}
