import type { ServerResponse } from 'node:http';

/**
 * Calls `taken` once all of the answer has gone out. `node:http` says `finish` also of an answer that was cut off, and
 * closes a connection that is not kept as soon as it has said so: hence the look at the socket, before all others.
 */
export function onceTaken(response: ServerResponse, taken: () => void): void {
  response.prependListener('finish', () => {
    if (response.socket?.destroyed === false) taken();
  });
}
